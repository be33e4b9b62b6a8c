import { cutMark } from '../messages/record-lists.ts'
import { type Saying, type Term, timeUnits } from '../messages/terms.ts'
import { isDate, isObject, type Json, object, textsOf, words } from './resource.ts'

/** Joins terms that are there; undefined if none is. */
export const joinedTerms = (by: string, all: readonly (Term | undefined)[]): Term | undefined => {
  const terms = all.filter((term): term is Term => term !== undefined && term !== '')
  return terms.length > 1 ? { terms, by } : terms[0]
}

/** Returns a sentence of the page; undefined if a term that belongs in it is missing. */
export const said = (say: Saying, ...of: (Term | undefined)[]): Term | undefined =>
  of.every((term) => term !== undefined) ? { say, of } : undefined

/** Says a member of an element: empty if another member says it as well, undefined if there are no words for it. */
type Reader = (value: unknown, element: Json) => Term | readonly Term[] | undefined
export type Readers = Readonly<Record<string, Reader>>

/**
 * Says every member of an element, in the order of its readers, and ends in the mark that not all of it is shown if a member has no
 * reader or its reader no words. Those that FHIR lets everybody ignore say nothing.
 */
export const termsOf = (element: Json, readers: Readers): Term[] => {
  const terms = Object.entries(readers).flatMap(([member, read]) => {
    const value = element[member]
    return value === undefined || value === null ? [] : (read(value, element) ?? cutMark)
  })
  const isUnknown = (member: string) =>
    !Object.hasOwn(readers, member) && !/^(?:_.*|id|extension)$/.test(member)
  const isCut = terms.includes(cutMark) || Object.keys(element).some(isUnknown)
  return [...terms.filter((term) => term !== cutMark && term !== ''), ...(isCut ? [cutMark] : [])]
}

/** Reads an element by the readers of its members. */
export const by =
  (readers: Readers): Reader =>
  (value) =>
    isObject(value) ? termsOf(value, readers) : undefined

/** Reads each element of a list. */
export const each =
  (read: Reader): Reader =>
  (value, element) => {
    const terms = textsOf(value, (one) => [read(one, element) ?? cutMark].flat()).flatMap((one) => one ?? [])
    return terms.length > 0 ? terms : undefined
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

/** Returns a number for words that depend on it; undefined for any other value. */
export const numberOf = (value: unknown): number | undefined => {
  const text = numberText(value) ?? ''
  const number = Number(text)
  return DECIMAL.test(text) && Number.isFinite(number) ? number : undefined
}

/** Returns `<5` and `mg/L`. */
export const quantityOf = (quantity: unknown): { value: Term; unit: string } | undefined => {
  const { value, comparator } = object(quantity)
  const number = numberTerm(value, words(comparator))
  return number === undefined ? undefined : { value: number, unit: unitOf(quantity) }
}

export const unitOf = (quantity: unknown): string => {
  const { unit, code } = object(quantity)
  return words(unit) ?? words(code) ?? ''
}

/**
 * Returns `5 mg`, or `5` beside a value with this unit. A number without a unit says so beside one that has a unit, because otherwise
 * both would seem to have it.
 */
export const quantityTerm = (quantity: unknown, shownUnit = '', unitBeside = shownUnit): Term | undefined => {
  const result = quantityOf(quantity)
  if (!result) return undefined
  const unit = result.unit === '' && unitBeside !== '' ? said('no_unit') : result.unit
  return joinedTerms(' ', [result.value, unit === shownUnit ? '' : unit])
}

export const quantityText = (quantity: unknown): string | undefined => {
  const { value, comparator } = object(quantity)
  const number = numberText(value)
  return number === undefined ? undefined : `${words(comparator) ?? ''}${number} ${unitOf(quantity)}`.trim()
}

/** Returns `5 – 10 mg`, or `5 – 10` beside a value with this unit. */
export const rangeTerm = (range: unknown, shownUnit = ''): Term | undefined => {
  const { low, high } = object(range)
  const from = quantityTerm(low, quantityOf(high)?.unit ?? shownUnit)
  const to = quantityTerm(high, shownUnit, shownUnit || unitOf(low))
  if (from === undefined) return to && joinedTerms(' ', ['≤', to])
  return to === undefined ? joinedTerms(' ', ['≥', from]) : joinedTerms(' – ', [from, to])
}

export const dateTerm = (value: unknown): Term | undefined => {
  const date = words(value)
  return date !== undefined && isDate(date) ? { date } : date
}

/** Returns `1 Jan 2026 – 3 Mar 2026`, `from 1 Jan 2026` or `until 3 Mar 2026`. */
export const periodTerm = (period: unknown): Term | undefined => {
  const { start, end } = object(period)
  const [from, to] = [dateTerm(start), dateTerm(end)]
  if (from === undefined) return said('until', to)
  return to === undefined ? said('from', from) : joinedTerms(' – ', [from, to])
}

/** Returns `12 hours`, or `12 d.` with a unit that FHIR does not name. */
export const durationTerm = (quantity: unknown): Term | undefined => {
  const { value, comparator, unit, code } = object(quantity)
  const time = timeUnit(code) ?? timeUnit(unit)
  const from = numberOf(value)
  return time === undefined || from === undefined || comparator !== undefined
    ? quantityTerm(quantity)
    : { unit: time, from }
}

export const timeUnit = (code: unknown): keyof typeof timeUnits | undefined =>
  typeof code === 'string' && Object.hasOwn(timeUnits, code) ? (code as keyof typeof timeUnits) : undefined

/** Returns `10 mg per day`. */
export const perTerm = (ratio: unknown): Term | undefined => {
  const { numerator, denominator } = object(ratio)
  return said('per', quantityTerm(numerator), alone(durationTerm(denominator)))
}

/** Returns `day` for `1 day`. */
export const alone = (duration: Term | undefined): Term | undefined =>
  typeof duration === 'object' && 'unit' in duration && duration.from === 1 && duration.to === undefined
    ? { unit: duration.unit }
    : duration
