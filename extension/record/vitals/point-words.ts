import type { Reading, Source } from '../../messages/vitals.ts'
import { clock, day } from '../../ui/words/dates.ts'
import { listed, t } from '../../ui/words/words.ts'
import { isBare, type Point } from './timeline.ts'

/** `Riverside Clinic and Pulse Devices`, each once. */
export const namesOf = (sources: Source[]): string => listed([...new Set(sources.map(({ name }) => name))])

/** Names the sources of a point. If the point shows a time, a source that recorded only a date gets that date beside it. */
export const holdersOf = (point: Point): string[] =>
  point.sources.map((source) => [source.name, dayOf(point, source)].filter(Boolean).join(' '))

/** Returns `(24 Nov 2026)` if the source recorded only a date but the point shows a time. */
export const dayOf = ({ reading, readings }: Point, { connectionId }: Source): string | undefined => {
  const own = readings.filter(({ source }) => source.connectionId === connectionId)
  return !isBare(reading) && own.every(isBare) ? `(${day(own[0]?.taken ?? '')})` : undefined
}

/** Names the half of an incomplete blood pressure; undefined otherwise. */
export const halfOf = ({ amounts }: Reading): string | undefined => {
  if (amounts.length < 2 || !amounts.includes(null)) return undefined
  return t(amounts[0] ? 'systolic_only' : 'diastolic_only')
}

/** Returns the time of a reading (`07:12`) if another one has the same date. */
export const timesOf = (readings: readonly Reading[]): ((reading: Reading) => string | undefined) => {
  const days = Map.groupBy(readings, ({ taken }) => day(taken))
  return (reading) =>
    !isBare(reading) && (days.get(day(reading.taken)) ?? []).length > 1 ? clock(reading.taken) : undefined
}
