import type { Reading, VitalName } from '../../messages/vitals.ts'
import { timeOf } from '../../ui/words/dates.ts'
import { isAhead, type Point, timelinesOf } from './timeline.ts'
import { vitalKinds } from './vital-kinds.ts'

// What depends on a date or a value is decided by each organization's own points. In a joined point (`timelineOf`) another organization's
// moment may stand for a bare day, so only the table is made of those.

/** Returns each organization's own points in the span, newest first, without those in the future. */
export const pastPointsOf = (readings: readonly Reading[], begin: number): Point[] =>
  ownPointsOf(readings, begin).filter((point) => !isAhead(point))

/** Returns the joined points that hold a reading in the span: all, those with one in the past, and those with one in the future. */
export const inSpanOf = (points: readonly Point[], begin: number) => {
  const own = ownPointsOf(readingsOf(points), begin)
  const withAnyOf = (some: readonly Point[]) => {
    const wanted = new Set(readingsOf(some))
    return points.filter(({ readings }) => readings.some((reading) => wanted.has(reading)))
  }
  return {
    all: withAnyOf(own),
    past: withAnyOf(own.filter((point) => !isAhead(point))),
    ahead: withAnyOf(own.filter((point) => isAhead(point))),
  }
}

const ownPointsOf = (readings: readonly Reading[], begin: number): Point[] =>
  [...timelinesOf(readings).values()]
    .flat()
    .filter(({ time }) => time >= begin)
    .sort((a, b) => b.time - a.time)

/** Returns the ids of the connections whose own dates of a joined point are in the future. */
export const aheadAt = ({ readings }: Point): ReadonlySet<string> =>
  new Set(
    readings.filter(({ taken }) => isAhead({ time: timeOf(taken) })).map(({ source }) => source.connectionId),
  )

export const readingsOf = (points: readonly Point[]): Reading[] => points.flatMap(({ readings }) => readings)

/**
 * Returns the newest value that can be right, with the names of all who hold it. A value in an unknown unit, or with `<` or `>`, cannot be
 * judged, so it does not displace one that can.
 *
 * @param points all organizations' joined points.
 */
export const newestOf = (kind: VitalName, points: readonly Point[]): Point | undefined => {
  const timelines = timelinesOf(readingsOf(points))
  const newestOfEach = [...timelines.values()].flatMap(
    (timeline) => timeline.find((point) => !isAhead(point) && isCredible(kind, point)) ?? [],
  )
  const [newest] = newestOfEach.toSorted(
    (a, b) => Number(isJudged(b.reading)) - Number(isJudged(a.reading)) || b.time - a.time,
  )
  const joined = newest && points.find(({ readings }) => readings.includes(newest.reading))
  return (
    joined && {
      ...newest,
      readings: joined.readings,
      sources: joined.sources,
      contradictedBy: joined.contradictedBy,
    }
  )
}

const isJudged = ({ amounts }: Reading): boolean => amounts.length > 0

/** No reading is older than the oldest person alive. */
const EARLIEST = Date.UTC(1900, 0, 1)

/**
 * Checks that a point can be right: its date is not before anybody was born, and a person can have its value. Anything else is a mistake
 * of a typist, a unit or an organization, and must not set the newest value, an axis or a trend.
 */
export const isCredible = (kind: VitalName, { reading, time }: Point): boolean =>
  time >= EARLIEST && isPossible(kind, reading)

/** A value in an unknown unit cannot be judged. */
const isPossible = (kind: VitalName, { amounts }: Reading): boolean =>
  amounts.every((amount, part) => {
    const [least, most] = vitalKinds[kind].possible[part] ?? []
    if (!amount || least === undefined || most === undefined) return true
    return amount.number >= least && amount.number <= most
  })
