import { expect, test } from 'vitest'
import { LARGEST_NUMBER, parseNumber } from '../../../server/audit/entry/entry-limits.ts'

test('every number from 1 to the largest is parsed, and nothing else', () => {
  for (const number of [1, 10, LARGEST_NUMBER - 1, LARGEST_NUMBER])
    expect(parseNumber(String(number))).toBe(number)
  for (const text of ['0', '-1', '01', '1.5', '1e3', ' 1', '', String(LARGEST_NUMBER + 1), '9'.repeat(30)])
    expect(parseNumber(text), text).toBeUndefined()
  for (const value of [undefined, 7, ['7']]) expect(parseNumber(value)).toBeUndefined()
})
