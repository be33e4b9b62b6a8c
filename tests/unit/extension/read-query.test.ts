import { expect, it } from 'vitest'
import { namesFew, readQuery } from '../../../extension/popup/search/read-query.ts'

it.each(['', ' ', '*', '%'])(
  'a search for “%s” is told under the box, which is in view, that it holds nothing',
  (anything) => {
    expect(readQuery({ anything })).toEqual({ anything: 'Fill in at least one field, then search.' })
  },
)

it.each([
  ['jane', false],
  ['j doe', false],
  ['jane d', false],
  ['jane do', true],
  ['1980', false],
  ['jane 198', false],
  ['jane 1980', true],
  ['15 jan 1980', true],
  ['MR 104', false],
  ['MR 104211', true],
])('“%s” is searched while it is typed: %s', (anything, isSearched) => {
  expect(namesFew(readQuery({ anything }).asked ?? {})).toBe(isSearched)
})

it('fields behind the one box are never searched while they are typed', () => {
  expect(namesFew({ given: 'Jane', family: 'Doe', birthdate: '1980-01-15' })).toBe(false)
})
