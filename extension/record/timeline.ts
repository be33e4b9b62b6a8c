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

/**
 * The readings of all sources as one list, newest first, whatever order they came in. Readings that show the same number for
 * the same moment are one point, and readings of one moment that hold different ones are points against each other
 * (decision 40). The work grows as the readings do, whatever they say.
 */
export const timelineOf = (readings: readonly Reading[]): Point[] => {
  const placed = readings.map(placedOf).sort(inOrder)
  const findAgainst = contradictions(placed)
  return foldAlike(placed)
    .map((group) => pointOf(group, findAgainst))
    .sort((a, b) => b.point.time - a.point.time || inOrder(a.shown, b.shown))
    .map(({ point }) => point)
}

/** A date that has not come: a slip of the pen, or a clock that goes wrong. A day ahead may still be time zones. */
export const isAhead = ({ time }: Point, now: number = Date.now()): boolean => time - now > DAY

/** What one source says at a point, as it holds it; the parts of a blood pressure are 0 and 1. */
export const numberAt = ({ readings }: Point, source: Source, part: number): number | null =>
  readings.find((reading) => reading.source.connectionId === source.connectionId)?.amounts[part]?.number ??
  null

/** Each once, in the order of their hues. */
export const sourcesOf = (readings: Reading[]): Source[] => once(readings.map(({ source }) => source))

/** A date without a time, or less. */
export const isBare = ({ taken }: Reading): boolean => taken.length <= 10

/** A reading, and what it is compared by. */
interface Placed {
  reading: Reading
  time: number
  /** Absent for a bare date. */
  minute?: number
  /** As it is written where it was measured: what day it is here does not matter. A month has no day. */
  day?: string
  /** The number that is shown, or what is recorded where its unit is not known. */
  said: string
}

const placedOf = (reading: Reading): Placed => {
  const { taken } = reading
  const time = timeOf(taken)
  return {
    reading,
    time,
    ...(!isBare(reading) && { minute: Math.floor(time / MINUTE) }),
    ...(taken.length >= 10 && { day: taken.slice(0, 10) }),
    said: saidBy(reading),
  }
}

/** `81.20` and `81.2` are one number. */
const saidBy = ({ value, unit, amounts }: Reading): string => {
  const number = (part: string) => (part === '' || Number.isNaN(Number(part)) ? part : String(Number(part)))
  return JSON.stringify(
    amounts.length === 0 ? [value, unit] : [value.split('/').map(number).join('/'), unit, amounts.length],
  )
}

/** A bare day joins the earliest moment of that day; a month joins nothing. */
const foldAlike = (placed: readonly Placed[]): Placed[][] => {
  const moments = new Map<string, Placed[]>()
  const days = new Map<string, Placed[]>()
  const months: Placed[][] = []
  for (const each of placed) {
    if (each.minute !== undefined) gather(moments, `${each.minute} ${each.said}`, each)
    else if (each.day !== undefined) gather(days, `${each.day} ${each.said}`, each)
    else months.push([each])
  }
  for (const group of moments.values()) {
    const key = group.map(({ day, said }) => `${day} ${said}`).find((each) => days.has(each))
    if (key === undefined) continue
    for (const each of days.get(key) ?? []) group.push(each)
    days.delete(key)
  }
  return [...moments.values(), ...days.values(), ...months]
}

const gather = <T>(groups: Map<string, T[]>, key: string, each: T): void => {
  const group = groups.get(key)
  if (group) group.push(each)
  else groups.set(key, [each])
}

const pointOf = (group: readonly Placed[], findAgainst: (placed: Placed) => Source[]) => {
  const ordered = group
    .map((placed) => ({ placed, precision: precision(placed) }))
    .sort((a, b) => a.precision - b.precision || inOrder(a.placed, b.placed))
    .map(({ placed }) => placed)
  const [shown] = ordered as [Placed]
  const readings = ordered.map(({ reading }) => reading)
  const point: Point = {
    reading: shown.reading,
    time: shown.time,
    readings,
    sources: sourcesOf(readings),
    against: once(group.flatMap(findAgainst)),
  }
  return { point, shown }
}

/** Before all a moment rather than a day, then what nobody converted, then the finest step. */
const precision = ({ minute, reading: { recorded, amounts } }: Placed): number =>
  (minute === undefined ? 1e9 : 0) +
  (recorded ? 1e6 : 0) +
  Math.max(0, ...amounts.map((each) => each?.step ?? 0))

const inOrder = (a: Placed, b: Placed): number =>
  a.time - b.time ||
  compare(a.reading.taken, b.reading.taken) ||
  bySource(a.reading.source, b.reading.source) ||
  compare(a.reading.id, b.reading.id) ||
  compare(a.reading.value, b.reading.value)

const once = (sources: Source[]): Source[] =>
  [...new Map(sources.map((source) => [source.connectionId, source])).values()].sort(bySource)

/** The organization that was added first comes first. */
const bySource = (a: Source, b: Source): number => a.hue - b.hue || compare(a.connectionId, b.connectionId)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** What one source says of a moment, part by part: whoever lies beyond either contradicts it. */
interface Bounds {
  source: Source
  highestLow: number[]
  lowestHigh: number[]
}

/** A day and a moment of it may well be two measurements, so they are not held against each other. */
const momentOf = ({ minute, day }: Placed): string => String(minute ?? day)

/**
 * Finds which other sources hold a contrary number for the moment of a reading: one that cannot be the same, each rounded to
 * its own last decimal.
 */
const contradictions = (placed: readonly Placed[]): ((placed: Placed) => Source[]) => {
  const moments = new Map<string, Map<string, Bounds>>()
  for (const each of placed) {
    if (each.day === undefined) continue
    const { source, amounts } = each.reading
    const bounds = moments.get(momentOf(each)) ?? new Map<string, Bounds>()
    moments.set(momentOf(each), bounds)
    const held = bounds.get(source.connectionId) ?? { source, highestLow: [], lowestHigh: [] }
    bounds.set(source.connectionId, held)
    amounts.forEach((amount, part) => {
      if (!amount) return
      const [low, high] = rangeOf(amount)
      held.highestLow[part] = Math.max(held.highestLow[part] ?? low, low)
      held.lowestHigh[part] = Math.min(held.lowestHigh[part] ?? high, high)
    })
  }
  return (each) => {
    const { source, amounts } = each.reading
    const bounds = each.day === undefined ? undefined : moments.get(momentOf(each))
    return [...(bounds?.values() ?? [])]
      .filter((held) => held.source.connectionId !== source.connectionId)
      .filter((held) =>
        amounts.some((amount, part) => {
          const [highestLow, lowestHigh] = [held.highestLow[part], held.lowestHigh[part]]
          if (!amount || highestLow === undefined || lowestHigh === undefined) return false
          const [low, high] = rangeOf(amount)
          return highestLow >= high || lowestHigh <= low
        }),
      )
      .map((held) => held.source)
  }
}

/** Within half of its last decimal. */
const rangeOf = ({ number, step }: Amount): [low: number, high: number] => {
  const half = (step / 2) * (1 - 1e-6)
  return [number - half, number + half]
}
