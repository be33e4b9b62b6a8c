import { isObject } from './json-path.ts'

/** Milliseconds since 1970, half-open: `low <= t < high`. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/** What a text covers, and which time zone it names. */
interface DateInterval extends Interval {
  /** Milliseconds that its clock is ahead of UTC; absent if it names no zone, and is then read in UTC. */
  readonly offset?: number
}

/** What a date element covers. */
export interface ElementInterval extends Interval {
  /** The same by the clocks and calendars that it was written by, as if they were in UTC. */
  readonly written: Interval
}

/** The first and the last moment a JavaScript Date can hold: an open end of a Period. */
export const EARLIEST = -8_640_000_000_000_000
export const LATEST = 8_640_000_000_000_000

const GRAMMAR =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/

/**
 * Returns the interval that a FHIR date, dateTime or instant covers at its own precision: `2024` is a year, `2024-05-01T10:00Z` a
 * minute. `undefined` if it is not valid, such as `2023-02-29`.
 */
export const dateInterval = (text: string): DateInterval | undefined => {
  const [, year, month, day, hour, minute, second, fraction, zone] = GRAMMAR.exec(text) ?? []
  if (year === undefined) return undefined
  const y = Number(year)
  const m = Number(month ?? 1) - 1
  const d = Number(day ?? 1)
  if (m < 0 || m > 11 || d < 1 || (d > 28 && d > new Date(utc(y, m + 1, 0)).getUTCDate())) return undefined
  if (month === undefined) return { low: utc(y, 0, 1), high: utc(y + 1, 0, 1) }
  if (day === undefined) return { low: utc(y, m, 1), high: utc(y, m + 1, 1) }
  if (hour === undefined) return { low: utc(y, m, d), high: utc(y, m, d + 1) }
  const [h, min, s] = [Number(hour), Number(minute), Number(second ?? 0)]
  // 60 is a leap second, which instants may carry.
  if (h > 23 || min > 59 || s > 60) return undefined
  const offset = zoneOffset(zone ?? 'Z')
  if (offset === undefined) return undefined
  const ms = Number((fraction ?? '').padEnd(3, '0').slice(0, 3))
  const low = utc(y, m, d) + ((h * 60 + min) * 60 + s) * 1000 + ms - offset
  const high = low + (second === undefined ? 60_000 : fraction === undefined ? 1000 : 1)
  return { low, high, ...(zone !== undefined && { offset }) }
}

/** Returns the interval of a date element: of a date, a Period, or a Timing from its first event to its last. */
export const intervalOf = (value: unknown): ElementInterval | undefined => {
  if (typeof value === 'string') return elementInterval(value)
  if (!isObject(value)) return undefined
  if (Array.isArray(value.event)) {
    const events = value.event.flatMap((event) => intervalOf(event) ?? [])
    return events.length === 0 ? undefined : { ...span(events), written: span(events.map(writtenOf)) }
  }
  const start = elementInterval(value.start)
  const end = elementInterval(value.end)
  if (!start && !end) return undefined
  return { ...period(start, end), written: period(start?.written, end?.written) }
}

const elementInterval = (text: unknown): ElementInterval | undefined => {
  const interval = typeof text === 'string' ? dateInterval(text) : undefined
  if (!interval) return undefined
  const { low, high, offset = 0 } = interval
  return { low, high, written: { low: low + offset, high: high + offset } }
}

const writtenOf = ({ written }: ElementInterval): Interval => written

/** Of a period that crosses time zones, the end can be written as earlier than the start. It covers what is written of both. */
const period = (start: Interval | undefined, end: Interval | undefined): Interval =>
  start && end && end.high <= start.low
    ? span([start, end])
    : { low: start?.low ?? EARLIEST, high: end?.high ?? LATEST }

/** Returns the smallest interval that contains them all. */
const span = (intervals: readonly Interval[]): Interval =>
  intervals.reduce((all, { low, high }) => ({
    low: Math.min(all.low, low),
    high: Math.max(all.high, high),
  }))

/** Returns a time in UTC. `Date.UTC` would take the years 0 to 99 for 1900 to 1999. */
const utc = (year: number, month: number, day: number): number =>
  year > 99 ? Date.UTC(year, month, day) : new Date(0).setUTCFullYear(year, month, day)

const zoneOffset = (zone: string): number | undefined => {
  if (zone === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(4))
  if (hours > 14 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}
