import { isObject } from './json-path.ts'

/** Milliseconds since 1970, half-open: `low <= t < high`. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/** The first and the last moment a JavaScript Date can hold: an open end of a Period. */
export const EARLIEST = -8_640_000_000_000_000
export const LATEST = 8_640_000_000_000_000

const GRAMMAR =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/

/**
 * Returns the interval that a FHIR date, dateTime or instant covers at its own precision: `2024` is a year, `2024-05-01T10:00Z` a
 * minute. A date without a zone is read in UTC. `undefined` if it is not valid, such as `2023-02-29`.
 */
export const dateInterval = (text: string): Interval | undefined => {
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
  const offset = zoneOffset(zone)
  if (offset === undefined) return undefined
  const ms = Number((fraction ?? '').padEnd(3, '0').slice(0, 3))
  const low = utc(y, m, d) + ((h * 60 + min) * 60 + s) * 1000 + ms - offset
  return { low, high: low + (second === undefined ? 60_000 : fraction === undefined ? 1000 : 1) }
}

/** Returns the interval of a date element: of a date, a Period, or a Timing from its first event to its last. */
export const intervalOf = (value: unknown): Interval | undefined => {
  if (typeof value === 'string') return dateInterval(value)
  if (!isObject(value)) return undefined
  if (Array.isArray(value.event)) return span(value.event.flatMap((event) => intervalOf(event) ?? []))
  const low = typeof value.start === 'string' ? dateInterval(value.start) : undefined
  const high = typeof value.end === 'string' ? dateInterval(value.end) : undefined
  return low || high ? { low: low?.low ?? EARLIEST, high: high?.high ?? LATEST } : undefined
}

/** Returns the smallest interval that contains them all. */
const span = (intervals: readonly Interval[]): Interval | undefined =>
  intervals.length === 0
    ? undefined
    : {
        low: Math.min(...intervals.map(({ low }) => low)),
        high: Math.max(...intervals.map(({ high }) => high)),
      }

/** Returns a time in UTC. `Date.UTC` would take the years 0 to 99 for 1900 to 1999. */
const utc = (year: number, month: number, day: number): number =>
  year > 99 ? Date.UTC(year, month, day) : new Date(0).setUTCFullYear(year, month, day)

const zoneOffset = (zone = 'Z'): number | undefined => {
  if (zone === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(4))
  if (hours > 14 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}
