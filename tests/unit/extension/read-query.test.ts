import { expect, it } from 'vitest'
import { readQuery } from '../../../extension/popup/search/read-query.ts'

it.each(['', ' ', '*', '%'])(
  'a search for “%s” is told under the box, which is in view, that it holds nothing',
  (anything) => {
    expect(readQuery({ anything })).toEqual({ anything: 'Fill in at least one field, then search.' })
  },
)
