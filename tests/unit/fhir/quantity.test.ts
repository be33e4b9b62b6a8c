import { describe, expect, test } from 'vitest'
import { amountOf, parseSearchedNumber } from '../../../server/query/quantity.ts'

describe('a number in a search', () => {
  test.each([
    ['5.4', 5.4, 5.35, 5.45],
    ['5.40', 5.4, 5.395, 5.405],
    ['100', 100, 99.5, 100.5],
    ['-7', -7, -7.5, -6.5],
    ['0', 0, -0.5, 0.5],
    ['1e2', 100, 50, 150],
    ['1.0E-2', 0.01, 0.0095, 0.0105],
  ])('%s is %d, and everything that rounds to it', (text, value, from, to) => {
    expect(parseSearchedNumber(text)).toEqual({ value, from, to })
  })

  test('finds itself, even with more digits than a JavaScript number keeps', () => {
    for (const text of ['66.89999999999999', '1000000000000000000', '0.1234567890123456789', '1e-245']) {
      const { value = 0, from = 1, to = 0 } = parseSearchedNumber(text) ?? {}
      expect(from <= value && value < to, text).toBe(true)
    }
  })

  test.each([
    '',
    'x',
    '1.',
    '.5',
    '+5',
    '1e',
    '1e999',
    '1e308',
    'NaN',
    'Infinity',
    '1,5',
    '0x10',
    '9'.repeat(31),
  ])('%j is not a number', (text) => {
    expect(parseSearchedNumber(text)).toBeUndefined()
  })
})

describe('a Quantity', () => {
  test('is its value, with its unit as a code and as people write it', () => {
    expect(
      amountOf({ value: 5.4, unit: 'mg/dl', system: 'http://unitsofmeasure.org', code: 'mg/dL' }),
    ).toEqual({
      low: 5.4,
      high: 5.4,
      unit: 'mg/dl',
      system: 'http://unitsofmeasure.org',
      code: 'mg/dL',
    })
  })

  test('with a comparator is everything on that side, and its own value only if the comparator says so', () => {
    for (const value of [5, 0, -5]) {
      const less = amountOf({ value, comparator: '<' })
      expect(less?.low).toBeLessThan(-1e300)
      expect(less?.high).toBeLessThan(value)
      expect(amountOf({ value, comparator: '<=' })?.high).toBe(value)
      expect(amountOf({ value, comparator: '>' })?.low).toBeGreaterThan(value)
      expect(amountOf({ value, comparator: '>=' })).toMatchObject({ low: value, high: Number.MAX_VALUE })
    }
  })

  test.each([[null], [7], ['5.4'], [{}], [{ value: '5.4' }], [{ value: Number.POSITIVE_INFINITY }]])(
    'has no amount in %j',
    (value) => {
      expect(amountOf(value)).toBeUndefined()
    },
  )
})
