import type { Term } from '../messages/terms.ts'
import { type Json, object, words } from './resource.ts'

/** Joins terms that are there; undefined if none is. */
export const joinedTerms = (by: string, all: readonly (Term | undefined)[]): Term | undefined => {
  const terms = all.filter((each) => each !== undefined && each !== '') as Term[]
  return terms.length > 1 ? { terms, by } : terms[0]
}

/** Returns a number as text, in its original spelling if the client kept that. */
export const numberText = (value: unknown): string | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? String(value) : words(value)

/** FHIR R4, decimal. */
const DECIMAL = /^-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,4})?$/

/** Returns a number, or a text that stands where one belongs. */
export const numberTerm = (value: unknown, comparator = ''): Term | undefined => {
  const number = numberText(value)
  if (number === undefined) return undefined
  return DECIMAL.test(number) ? { number: comparator + number } : comparator + number
}

/** Returns `<5` and `mg/L`. */
export const quantityOf = (quantity: unknown): { value: Term; unit: string } | undefined => {
  const { value, comparator, unit, code } = object(quantity)
  const number = numberTerm(value, words(comparator))
  return number === undefined ? undefined : { value: number, unit: words(unit) ?? words(code) ?? '' }
}

export const quantityText = (quantity: unknown): string | undefined => {
  const { value, comparator, unit, code } = object(quantity)
  const number = numberText(value)
  if (number === undefined) return undefined
  return `${words(comparator) ?? ''}${number} ${words(unit) ?? words(code) ?? ''}`.trim()
}

/** Returns `5 mg`, or `5` beside a value with this unit. */
export const quantityTerm = (quantity: unknown, shownUnit = ''): Term | undefined => {
  const result = quantityOf(quantity)
  return result && joinedTerms(' ', [result.value, result.unit === shownUnit ? '' : result.unit])
}

export const rangeTerm = ({ low, high }: Json, unit = ''): Term | undefined => {
  const [from, to] = [quantityTerm(low, unit), quantityTerm(high, unit)]
  if (from === undefined) return to && joinedTerms(' ', ['≤', to])
  return to === undefined ? joinedTerms(' ', ['≥', from]) : joinedTerms(' – ', [from, to])
}
