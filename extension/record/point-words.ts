import type { Reading, Source } from '../messages/vitals.ts'
import { day } from '../ui/dates.ts'
import { listed, t } from '../ui/words.ts'
import { isBare, type Point } from './timeline.ts'

/** `Riverside Clinic and Pulse Devices`, each once. */
export const namesOf = (sources: Source[]): string => listed([...new Set(sources.map(({ name }) => name))])

/** Who holds a point; a day beside those who wrote no more than it, where another's moment is shown. */
export const holdersOf = (point: Point): string[] =>
  point.sources.map((source) => [source.name, dayOf(point, source)].filter(Boolean).join(' '))

/** `(24 Nov 2026)` where that is all that a source says of when. */
export const dayOf = ({ reading, readings }: Point, { connectionId }: Source): string | undefined => {
  const own = readings.filter(({ source }) => source.connectionId === connectionId)
  return !isBare(reading) && own.every(isBare) ? `(${day(own[0]?.taken ?? '')})` : undefined
}

/** Of half a blood pressure, which half it is. */
export const halfOf = ({ amounts }: Reading): string | undefined => {
  if (amounts.length < 2 || !amounts.includes(null)) return undefined
  return t(amounts[0] ? 'systolic_only' : 'diastolic_only')
}
