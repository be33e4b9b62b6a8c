/** FHIR's units of time, and the names that `Intl` has for them. */
export const timeUnits = {
  s: 'second',
  min: 'minute',
  h: 'hour',
  d: 'day',
  wk: 'week',
  mo: 'month',
  a: 'year',
} as const

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** The laboratory's interpretation of a value: https://hl7.org/fhir/R4/valueset-observation-interpretation.html */
export type Flag = 'high' | 'low' | 'very_high' | 'very_low' | 'abnormal'

/**
 * A part of a record as the worker, which knows no language, hands it to a page. A text stands as it is written; the rest is
 * structure, for which the page has words.
 */
export type Term =
  | string
  /** As recorded: `5.40`, `<5`. Only this is rounded and spelled with the decimal mark of the language. */
  | { number: string }
  /** One of FHIR's own codes. */
  | { code: string }
  /** A FHIR date or dateTime. */
  | { date: string }
  /** How often: `once`, `2–3 times`. */
  | { times: number; to?: number }
  /** How long: `4–6 hours`; without a number the unit alone, `hour`. */
  | { unit: keyof typeof timeUnits; from?: number; to?: number }
  | { weekday: (typeof weekdays)[number] }
  /** FHIR's code for an event of the day: `HS`. */
  | { event: string }
  | { flag: Flag }
  /** All of them, as the language lists them: `Monday and Friday`. */
  | { listed: readonly Term[] }
  /** A sentence of `_locales` (`said_per`) with terms in it. */
  | { say: Saying; of: readonly Term[] }
  | { terms: readonly Term[]; by: string }

export type Saying =
  | 'as_needed'
  | 'as_needed_for'
  | 'at'
  | 'at_most'
  | 'at_most_each_time'
  | 'at_most_ever'
  | 'each_time_for'
  | 'every'
  | 'for'
  | 'from'
  | 'in_all'
  | 'method'
  | 'no_unit'
  | 'no_value'
  | 'per'
  | 'rate'
  | 'site'
  | 'step'
  | 'until'
