import type { Reading, Source, VitalName } from '../../messages/vitals.ts'
import { isCredible } from './own-points.ts'
import { isAhead, numberAt, type Point, timelinesOf } from './timeline.ts'
import { vitalKinds } from './vital-kinds.ts'

/** The mean of one organization's last 30 days, compared with that of 30 days three months earlier. */
export interface Trend {
  source: Source
  /** By part, positive for an increase; none if every part is steady: it differs by less than the kind's least change. */
  changes: { part: number; by: number }[]
}

const DAY = 24 * 60 * 60_000
/** Days before now: the last 30, and 30 days around the 91st day before the middle of those. */
const NOW = [0, 30] as const
const EARLIER = [91, 121] as const
/** With fewer days of readings, their spread cannot be estimated. */
const LEAST_DAYS = 4
/** About the 97.5 % quantile of Student's t for two times four days. */
const ERRORS = 2.5

/**
 * Returns how each organization's readings changed over three months, in the order in which the organizations were added; none of one
 * with too few readings. A change counts if it exceeds 2.5 times the standard error of the difference and the kind's least change.
 * Readings of another organization change nothing. Judges nobody (decision 53).
 */
export const trendsOf = (
  kind: VitalName,
  readings: readonly Reading[],
  now: number = Date.now(),
): Trend[] => {
  const { change, parts } = vitalKinds[kind]
  if (!change) return []
  return [...timelinesOf(readings)].flatMap(([source, timeline]) => {
    const trusted = timeline.filter((point) => !isAhead(point, now) && isCredible(kind, point))
    const differences = [...(parts.length > 0 ? parts : [kind])].map((_, part) => {
      const [last, earlier] = [NOW, EARLIER].map((days) => sampleOf(trusted, source, part, days, now))
      if (!last || !earlier) return { part, by: Number.NaN, error: 0 }
      const error = Math.sqrt(last.squaredError + earlier.squaredError)
      return { part, by: last.mean - earlier.mean, error }
    })
    const changes = differences
      .filter(({ by, error }) => Math.abs(by) >= Math.max(change.least, ERRORS * error))
      .map(({ part, by }) => ({ part, by }))
    const isSteady = differences.every(({ by }) => Math.abs(by) < change.least)
    return changes.length > 0 || isSteady ? [{ source, changes }] : []
  })
}

interface Sample {
  mean: number
  /** The square of the mean's standard error. */
  squaredError: number
}

/**
 * Returns the mean of the daily means. Readings of one sitting are not independent of each other, but days are. Undefined for too
 * few days.
 */
const sampleOf = (
  points: readonly Point[],
  source: Source,
  part: number,
  [from, to]: readonly [number, number],
  now: number,
): Sample | undefined => {
  const days = Map.groupBy(
    points.filter(({ time }) => now - time >= from * DAY && now - time < to * DAY),
    ({ time }) => new Date(time).toDateString(),
  )
  const means = [...days.values()].flatMap((ofDay) => {
    const numbers = ofDay.flatMap((point) => numberAt(point, source, part) ?? [])
    return numbers.length > 0 ? [meanOf(numbers)] : []
  })
  if (means.length < LEAST_DAYS) return undefined
  const mean = meanOf(means)
  const variance = means.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (means.length - 1)
  return { mean, squaredError: variance / means.length }
}

const meanOf = (numbers: readonly number[]): number =>
  numbers.reduce((sum, each) => sum + each, 0) / numbers.length
