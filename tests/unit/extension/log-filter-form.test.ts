import { expect, it } from 'vitest'
import { errorsOf } from '../../../extension/options/log/log-filter-form.tsx'

it('the filter refuses days in the wrong order, and no others', () => {
  expect(errorsOf({ from: '2026-11-28', to: '2026-11-20' }).to).toBe('“To” is before “From”.')
  for (const [from = '', to = ''] of [
    ['2026-11-20', '2026-11-28'],
    ['2026-11-20', '2026-11-20'],
    ['2026-11-28'],
    [],
  ])
    expect(errorsOf({ from, to })).toEqual({})
})
