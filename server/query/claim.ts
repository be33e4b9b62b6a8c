import { isKnownCode, isStatus, nameOfList } from './known-codes.ts'
import { type Prefix, SEARCH_PARAMETERS } from './parameters.ts'
import type { DateCriterion, Filter } from './query.ts'

/** What the consent page says of one filter: one of these alternatives holds. Every value in it is a code that we know, or a date. */
export type Claim =
  | { readonly about: CodeName; readonly any: readonly ClaimedCode[] }
  | { readonly about: DateName; readonly any: readonly ClaimedDate[] }

/** A code; without a system, that code of any list. */
export interface ClaimedCode {
  readonly system?: string
  /** The name of the system's list, as people in health care call it. */
  readonly list?: string
  readonly code: string
}

/**
 * A bound: `within` that time; `from` its start on, or lasting beyond its end; `after` its end, or lasting beyond it; `before` its
 * start, or begun before it; `until` its end, or begun before its start.
 */
export interface ClaimedDate {
  readonly bound: Bound
  readonly unit: 'year' | 'month' | 'day'
  /** When it starts, in milliseconds since 1970, as if it were written in UTC. */
  readonly start: number
}

export type Bound = 'within' | 'from' | 'after' | 'before' | 'until'

/** The parameters that may limit a scope: those for which the page has a word. */
const CODES = ['category', 'code', 'status', 'clinical-status', 'vaccine-code', 'substance'] as const
const DATES = ['date', 'authoredon', 'effective', 'onset-date', 'recorded-date'] as const
export type CodeName = (typeof CODES)[number]
export type DateName = (typeof DATES)[number]

/** @returns undefined for a parameter without a word, or a value that is no code that we know. */
export const claimOfCodes = (filter: Extract<Filter, { kind: 'token' }>, type: string): Claim | undefined => {
  const about = CODES.find((name) => name === wordFor(type, filter.param))
  const codes = filter.any.map(({ system, code }): ClaimedCode | undefined => {
    if (code === undefined) return undefined
    if (about === 'status') return isStatus(code) && isOwnSystem(system, type) ? { code } : undefined
    const list = system === undefined ? {} : { system, list: nameOfList(system) ?? '' }
    return isKnownCode(code, system) ? { ...list, code } : undefined
  })
  // The log's parameters are columns, whose codes are its own.
  if (about === undefined || type === 'AuditEvent' || !codes.every((each) => each !== undefined))
    return undefined
  return { about, any: codes }
}

/** The code of an allergy is also looked for among the substances of its reactions. */
const wordFor = (type: string, param: string): string =>
  type === 'AllergyIntolerance' && param === 'code' ? 'substance' : param

/** A plain code has one system, so naming it changes nothing. */
const isOwnSystem = (system: string | undefined, type: string): boolean => {
  const parameter = SEARCH_PARAMETERS[type]?.status
  return system === undefined || (parameter?.kind === 'token' && parameter.system === system)
}

/** @returns undefined for a parameter without a word, a prefix without one, or a time that is no whole day, month or year. */
export const claimOfDates = (
  filter: Extract<Filter, { kind: 'date' }>,
  boundOf: (prefix: Prefix) => Bound | 'no words',
): Claim | undefined => {
  const about = DATES.find((name) => name === filter.param)
  const dates = filter.any.map(({ prefix, low, high }): ClaimedDate | undefined => {
    const bound = boundOf(prefix)
    const unit = calendarUnit({ low, high })
    return bound === 'no words' || unit === undefined ? undefined : { bound, unit, start: low }
  })
  if (about === undefined || !dates.every((each) => each !== undefined)) return undefined
  return { about, any: dates }
}

const DAY = 86_400_000

const calendarUnit = ({
  low,
  high,
}: Pick<DateCriterion, 'low' | 'high'>): ClaimedDate['unit'] | undefined => {
  const start = new Date(low)
  // The page writes years with four digits, and an earlier one would look like another.
  if (start.getUTCFullYear() < 1000) return undefined
  if (high === low + DAY) return 'day'
  const [year, month, day] = [start.getUTCFullYear(), start.getUTCMonth(), start.getUTCDate()]
  if (day === 1 && high === start.setUTCMonth(month + 1)) return 'month'
  return day === 1 && month === 0 && high === new Date(low).setUTCFullYear(year + 1) ? 'year' : undefined
}
