import type { Reading, Source, VitalName } from '../../messages/vitals.ts'
import { isCredible } from './own-points.ts'
import { isAhead, numberAt, type Point, timelinesOf } from './timeline.ts'
import { vitalKinds } from './vital-kinds.ts'

/** What is drawn of one organization. Nothing in it depends on the readings of another. */
export interface Picture {
  source: Source
  /** Its readings in the span that can be right, newest first. */
  points: Point[]
  /** Those that cannot be, newest first; they are drawn at the edge. */
  outliers: Point[]
  /** The ends of the axes: seconds since 1970, and the kind's unit. */
  x: readonly [from: number, to: number]
  y: readonly [low: number, high: number]
}

/** With fewer readings there is no curve. */
const LEAST_POINTS = 2

/**
 * Returns a picture for each organization with enough readings, in the order in which they were added. Each has axes of its own, made
 * of its own plausible readings, so that no organization can flatten, shift or hide the curve of another.
 *
 * @param begin of the span, in milliseconds since 1970; -Infinity is the oldest reading.
 * @param readings may hold several organizations'; those of an unknown unit are in no picture.
 */
export const picturesOf = (
  kind: VitalName,
  readings: readonly Reading[],
  begin: number,
  now: number = Date.now(),
): Picture[] =>
  [...timelinesOf(readings)].flatMap(([source, timeline]) => {
    const inSpan = timeline.filter(
      (point) => point.time >= begin && !isAhead(point, now) && point.reading.amounts.length > 0,
    )
    const points = inSpan.filter((point) => isCredible(kind, point))
    const outliers = inSpan.filter((point) => !isCredible(kind, point))
    if (points.length + outliers.length < LEAST_POINTS) return []
    const times = points.map(({ time }) => time / 1000).toReversed()
    return {
      source,
      points,
      outliers,
      x: pictureRange(times, begin / 1000, endOfDay(now) / 1000),
      y: scaleOf(kind, source, points),
    }
  })

/** Returns the ends of the vertical axis: all numbers with some room, and no less than the kind's least range. */
const scaleOf = (kind: VitalName, source: Source, points: readonly Point[]): [number, number] => {
  const { parts, leastRange, possible } = vitalKinds[kind]
  const numbers = points.flatMap((point) =>
    [...(parts.length > 0 ? parts : [kind])].flatMap((_, part) => numberAt(point, source, part) ?? []),
  )
  const [low = possible[0][0], high = low] =
    numbers.length > 0 ? [Math.min(...numbers), Math.max(...numbers)] : []
  const around = Math.max((leastRange - (high - low)) / 2, (high - low) * 0.08)
  return [low - around, high + around]
}

/** A picture that ends with the day is the same all day, whatever else is read meanwhile. */
const endOfDay = (time: number): number => new Date(time).setHours(24, 0, 0, 0)

/** In seconds, as the chart's library counts. */
export const DAY = 86_400

/** The part of the width that the marks of the first readings need: those of several organizations lie beside each other. */
const EDGE = 0.03

/**
 * Returns where a chart's horizontal axis begins and ends, in seconds: the span, or all readings if `begin` is -Infinity, until
 * now, with room for the marks of the first readings.
 *
 * @param times of the readings, the oldest first.
 */
export const pictureRange = (times: readonly number[], begin: number, now: number): [number, number] => {
  const first = times[0] ?? 0
  const from = Number.isFinite(begin) ? begin : first - DAY
  const to = Math.max(now, (times.at(-1) ?? 0) + DAY)
  return [Math.min(from, first - (to - first) * EDGE), to]
}

/** Milliseconds. */
const MONTH = 30 * DAY * 1000

/** What an organization's readings of 30 days are like: the middle one, and the bounds of the middle half. */
export interface Spread {
  /** Seconds since 1970, of the last of them. */
  time: number
  low: number
  median: number
  high: number
}

/**
 * Returns the spread of an organization's own readings in the 30 days up to each of them, oldest first, in the kind's unit.
 *
 * @param part of a blood pressure, otherwise 0.
 */
export const spreadsOf = ({ source, points }: Picture, part: number): Spread[] => {
  const numbers = points.toReversed().flatMap((point) => {
    const number = numberAt(point, source, part)
    return number === null ? [] : { time: point.time, number }
  })
  const sorted: number[] = []
  let first = 0
  return numbers.map(({ time, number }) => {
    sorted.splice(placeIn(sorted, number), 0, number)
    for (; time - (numbers[first]?.time ?? time) >= MONTH; first++)
      sorted.splice(placeIn(sorted, numbers[first]?.number ?? 0), 1)
    return {
      time: time / 1000,
      low: quantileOf(sorted, 0.25),
      median: quantileOf(sorted, 0.5),
      high: quantileOf(sorted, 0.75),
    }
  })
}

/** Returns where a number belongs in a sorted list, which is where it first stands if the list has it. */
const placeIn = (sorted: readonly number[], number: number): number => {
  let [from, to] = [0, sorted.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((sorted[middle] ?? number) < number) from = middle + 1
    else to = middle
  }
  return from
}

const quantileOf = (sorted: readonly number[], share: number): number => {
  const at = (sorted.length - 1) * share
  const [below = 0, above = below] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]]
  return below + (above - below) * (at % 1)
}
