import type { Amount, Reading, Source } from '../messages/vitals.ts'
import { timeOf } from '../ui/dates.ts'

/** One measurement, whoever holds it. What is shown is the reading that was recorded most precisely. */
export interface Point {
  reading: Reading
  /** Milliseconds since 1970; a bare date is its midnight, in local time. */
  time: number
  /** All readings that say the same; the first is `reading`. */
  readings: Reading[]
  sources: Source[]
  /** Organizations that hold another value for the same moment. */
  against: Source[]
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
/** Further apart nothing is compared: a day, and what time zones add to it. */
const REACH = 3 * DAY

/**
 * The readings of all sources as one list, newest first, whatever order they came in. The rules are those of decision 23:
 * readings that say the same are one point, and readings of one moment that do not are points against each other.
 */
export const timelineOf = (readings: readonly Reading[]): Point[] => {
  const groups: Group[] = []
  for (const reading of readings.toSorted(inOrder)) {
    const time = timeOf(reading.taken)
    const same = groups.findLast(
      (group) => time - group.time <= REACH && group.readings.every((each) => isSame(each, reading)),
    )
    if (same) same.readings.push(reading)
    else groups.push({ time, readings: [reading] })
  }
  const points = groups.map(pointOf)
  for (const point of points) {
    const others = points.filter(
      (other) => Math.abs(point.time - other.time) <= REACH && disagree(point, other),
    )
    point.against = sourcesOf(others.flatMap((other) => other.readings))
  }
  return points.sort((a, b) => b.time - a.time || inOrder(a.reading, b.reading))
}

interface Group {
  time: number
  readings: Reading[]
}

/** A date that has not come: a slip of the pen, or a clock that goes wrong. A day ahead may still be time zones. */
export const isAhead = ({ time }: Point, now: number = Date.now()): boolean => time - now > DAY

/** What one source says at a point, as it holds it; the parts of a blood pressure are 0 and 1. */
export const numberAt = ({ readings }: Point, source: Source, part: number): number | null =>
  readings.find((reading) => reading.source.connectionId === source.connectionId)?.amounts[part]?.number ??
  null

const pointOf = ({ readings: group }: Group): Point => {
  const readings = group.toSorted((a, b) => precision(a) - precision(b) || inOrder(a, b))
  const [reading] = readings as [Reading]
  return { reading, time: timeOf(reading.taken), readings, sources: sourcesOf(group), against: [] }
}

/** Each once, in the order of their hues. */
export const sourcesOf = (readings: Reading[]): Source[] =>
  [...new Map(readings.map(({ source }) => [source.connectionId, source])).values()].sort(
    (a, b) => a.hue - b.hue || compare(a.connectionId, b.connectionId),
  )

/** Before all a moment rather than a day, then what nobody converted, then the finest step. */
const precision = ({ taken, recorded, amounts }: Reading): number =>
  (minuteOf(taken) === undefined ? 1e9 : 0) +
  (recorded ? 1e6 : 0) +
  Math.max(0, ...amounts.map((each) => each?.step ?? 0))

const inOrder = (a: Reading, b: Reading): number =>
  timeOf(a.taken) - timeOf(b.taken) ||
  compare(a.taken, b.taken) ||
  compare(a.source.connectionId, b.source.connectionId) ||
  compare(a.id, b.id) ||
  compare(a.value, b.value)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const isSame = (a: Reading, b: Reading): boolean =>
  isSameValue(a, b) && (isSameMoment(a, b) || (shareIdentifier(a, b) && isNear(a, b)))

const disagree = (a: Point, b: Point): boolean =>
  a !== b &&
  a.readings.some((one) =>
    b.readings.some(
      (other) =>
        one.source.connectionId !== other.source.connectionId &&
        isContrary(one, other) &&
        (isOneMoment(one, other) || (shareIdentifier(one, other) && isNear(one, other))),
    ),
  )

/** The same minute; where one of them is a day without a time, the same day as it is written. */
const isSameMoment = (a: Reading, b: Reading): boolean => {
  const [one, other] = [minuteOf(a.taken), minuteOf(b.taken)]
  if (one !== undefined && other !== undefined) return one === other
  return dayOf(a.taken) !== undefined && dayOf(a.taken) === dayOf(b.taken)
}

/** A day and a moment of it may well be two measurements, so they are not held against each other. */
const isOneMoment = (a: Reading, b: Reading): boolean =>
  (minuteOf(a.taken) === undefined) === (minuteOf(b.taken) === undefined) && isSameMoment(a, b)

/** A number that a device gives again and again must not pull a year together. */
const isNear = (a: Reading, b: Reading): boolean => Math.abs(timeOf(a.taken) - timeOf(b.taken)) <= DAY

const shareIdentifier = (a: Reading, b: Reading): boolean =>
  a.identifiers.some((identifier) => b.identifiers.includes(identifier))

const isSameValue = (a: Reading, b: Reading): boolean => {
  if (a.amounts.length === 0 || b.amounts.length === 0)
    return a.amounts.length === b.amounts.length && a.value === b.value && a.unit === b.unit
  return a.amounts.every((one, part) => {
    const other = b.amounts[part] ?? null
    return one === null || other === null ? one === other : overlap(one, other)
  })
}

const isContrary = (a: Reading, b: Reading): boolean =>
  a.amounts.some((one, part) => {
    const other = b.amounts[part]
    return one && other && !overlap(one, other)
  })

/** Whether both may be one number, each rounded to its own last decimal. */
const overlap = (a: Amount, b: Amount): boolean =>
  Math.abs(a.number - b.number) < ((a.step + b.step) / 2) * (1 - 1e-6)

const minuteOf = (taken: string): number | undefined =>
  taken.length > 10 ? Math.floor(Date.parse(taken) / MINUTE) : undefined

/** As it is written where it was measured: what day it is here does not matter. A month has no day. */
const dayOf = (taken: string): string | undefined => (taken.length >= 10 ? taken.slice(0, 10) : undefined)
