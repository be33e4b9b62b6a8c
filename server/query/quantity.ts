import { isObject } from './json-path.ts'

/** The amount of a Quantity: one value, or everything on one side of it if it has a comparator. Both ends are included. */
export interface Amount {
  readonly low: number
  readonly high: number
  readonly system: string
  readonly code: string
  /** The unit as people write it. */
  readonly unit: string
}

/** The greatest number that both databases store; anything beyond it is not a measurement. */
const MAX_NUMBER = Number.MAX_VALUE

/** Returns the amount of a Quantity, an Age or a Duration; `undefined` if it has no value. */
export const amountOf = (value: unknown): Amount | undefined => {
  if (!isObject(value) || typeof value.value !== 'number' || !Number.isFinite(value.value)) return undefined
  const text = (name: 'system' | 'code' | 'unit') => (typeof value[name] === 'string' ? value[name] : '')
  return {
    ...range(value.value, value.comparator),
    system: text('system'),
    code: text('code'),
    unit: text('unit'),
  }
}

const range = (value: number, comparator: unknown): { low: number; high: number } => {
  // The nearest number on the other side, so that `< 5` does not count as 5.
  const step = stepAt(value)
  switch (comparator) {
    case '<':
      return { low: -MAX_NUMBER, high: value - step }
    case '<=':
      return { low: -MAX_NUMBER, high: value }
    case '>':
      return { low: value + step, high: MAX_NUMBER }
    case '>=':
      return { low: value, high: MAX_NUMBER }
    default:
      return { low: value, high: value }
  }
}

/** A searched number, and the range of numbers that round to it: `from <= n < to`. */
export interface SearchedNumber {
  readonly value: number
  readonly from: number
  readonly to: number
}

const DECIMAL = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,3}))?$/

/** The largest exponent of a searched number. A double ends at about 1e308, and digits and rounding reach beyond the exponent. */
const LARGEST_EXPONENT = 280

/**
 * Parses a searched number (R4 search, number): `5.4` means [5.35, 5.45), `5.40` means [5.395, 5.405). `undefined` if it is not a
 * decimal.
 */
export const parseSearchedNumber = (text: string): SearchedNumber | undefined => {
  const [, sign, whole, fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? []
  if (whole === undefined || Math.abs(Number(exponent)) > LARGEST_EXPONENT) return undefined
  // Counts in tenths of the last digit, so that both ends are exactly the numbers that a resource's decimals parse to.
  const tenths = BigInt(`${sign}${whole}${fraction}`) * 10n
  const scale = Number(exponent) - fraction.length - 1
  const number = (count: bigint) => Number(`${count}e${scale}`)
  const value = number(tenths)
  // With more digits than a double holds, only the number itself rounds to it.
  const to = Math.max(number(tenths + 5n), value + stepAt(value))
  return { value, from: Math.min(number(tenths - 5n), value), to }
}

/** Returns an upper bound of the distance to the next double. */
const stepAt = (value: number): number => Math.max(Math.abs(value) * Number.EPSILON, Number.MIN_VALUE)
