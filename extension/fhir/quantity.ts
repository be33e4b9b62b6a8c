import type { Amount } from '../messages/vitals.ts'
import { object, text, words } from './resource.ts'

const ucum = 'http://unitsofmeasure.org'

/** The unit that a kind of reading is shown in, and how to convert other units to it. */
export interface Measure {
  normal: string
  /** Factors to the normal unit, by UCUM code. */
  codes: Readonly<Record<string, number>>
  /** What to add after the factor, by UCUM code. */
  offsets?: Readonly<Record<string, number>>
  /** UCUM codes by written unit, in lower case without spaces, if there is no code. */
  names: Readonly<Record<string, string>>
  /**
   * The smallest step that devices of this kind show at a number. A value recorded with more digits was calculated, and is
   * rounded.
   */
  finest: (number: number) => number
}

export interface ConvertedQuantity {
  /** In the normal unit, or as recorded if the unit is unknown. */
  value: string
  unit: string
  /** The value and the unit as recorded; the same as above if nothing was converted or rounded. */
  original: { value: string; unit: string }
  amount?: Amount
}

/**
 * Converts a FHIR Quantity to the normal unit. The code takes precedence over the text. An unknown unit is never guessed: the
 * value stays as recorded and has no amount. Undefined for anything that is not a number, is negative, or is written in a way
 * that no device writes.
 */
export const measure = (
  quantity: unknown,
  { normal, codes, offsets = {}, names, finest }: Measure,
): ConvertedQuantity | undefined => {
  const { value, unit, code, system, comparator } = object(quantity)
  const number = decimal(text(value))
  if (!number) return undefined
  const symbol =
    text(code) !== undefined && (system === undefined || system === ucum) ? text(code) : undefined
  const unitCode = symbol ?? names[(text(unit) ?? '').toLowerCase().replaceAll(/\s/g, '')]
  const factor = unitCode !== undefined && Object.hasOwn(codes, unitCode) ? codes[unitCode] : undefined
  const original = {
    value: `${words(comparator) ?? ''}${words(value)}`,
    unit: factor === 1 ? normal : (words(unit) ?? words(code) ?? ''),
  }
  if (factor === undefined || text(comparator) !== undefined) return { ...original, original }
  const amount = {
    number: number.number * factor + (offsets[unitCode ?? ''] ?? 0),
    step: Math.min(number.step * factor, coarsestStep),
  }
  const step = finest(amount.number)
  if (factor === 1 && number.step >= step && !/e/i.test(original.value))
    return { ...original, original, amount }
  return { value: formatAmount(amount, step), unit: normal, original, amount }
}

/** A kilogram or 1 mmHg: a number recorded more coarsely (`1e2`) must not count as equal to every number near it. */
const coarsestStep = 1

/** Writes a value with the precision in which it was recorded, as far as a decimal number and the device's last digit allow. */
const formatAmount = ({ number, step }: Amount, finest: number): string =>
  number.toFixed(Math.max(Math.round(-Math.log10(Math.max(step, finest))), 0))

/** No scale and no cuff writes more digits, or a larger exponent. */
const DECIMAL = /^\d{1,9}(?:\.(\d{1,20}))?(?:[eE]([+-]?0?\d))?$/

/** Parses a decimal; undefined for any other text, and for zero with an exponent (`0e3`), because no device writes that. */
const decimal = (decimalText: string | undefined): Amount | undefined => {
  const [whole, decimals = '', exponent] = DECIMAL.exec(decimalText ?? '') ?? []
  const number = Number(whole)
  if (whole === undefined || (number === 0 && exponent !== undefined)) return undefined
  return { number, step: 10 ** (Number(exponent ?? 0) - decimals.length) }
}
