import { isObject } from './json-path.ts'

/** What a Quantity says: one value, or everything on one side of it where it has a comparator. Both ends included. */
export interface Amount {
  readonly low: number
  readonly high: number
  readonly system: string
  readonly code: string
  /** As people write it. */
  readonly unit: string
}

/** The greatest number either database keeps: what lies beyond is not a measurement. */
const MOST = Number.MAX_VALUE

/** A Quantity, an Age or a Duration; `undefined` when it has no value. */
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
      return { low: -MOST, high: value - step }
    case '<=':
      return { low: -MOST, high: value }
    case '>':
      return { low: value + step, high: MOST }
    case '>=':
      return { low: value, high: MOST }
    default:
      return { low: value, high: value }
  }
}

/** A number as it is searched for: itself, and the numbers that are rounded to it, `from <= n < to`. */
export interface Searched {
  readonly value: number
  readonly from: number
  readonly to: number
}

const DECIMAL = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,3}))?$/

/** A double reaches to 1e308, and what is rounded to a number reaches further than it. */
const LARGEST_EXPONENT = 280

/** R4 search, number: `5.4` means [5.35, 5.45), `5.40` means [5.395, 5.405). `undefined` when it is no decimal. */
export const searchedNumber = (text: string): Searched | undefined => {
  const [, sign, whole, fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? []
  if (whole === undefined || Math.abs(Number(exponent)) > LARGEST_EXPONENT) return undefined
  // Counted in tenths of the last digit, so that the ends are the very numbers a resource would say.
  const tenths = BigInt(`${sign}${whole}${fraction}`) * 10n
  const scale = Number(exponent) - fraction.length - 1
  const number = (count: bigint) => Number(`${count}e${scale}`)
  const value = number(tenths)
  // With more digits than a number keeps, nothing but itself is rounded to it.
  const to = Math.max(number(tenths + 5n), value + stepAt(value))
  return { value, from: Math.min(number(tenths - 5n), value), to }
}

/** How far the next number is, at most. */
const stepAt = (value: number): number => Math.max(Math.abs(value) * Number.EPSILON, Number.MIN_VALUE)
