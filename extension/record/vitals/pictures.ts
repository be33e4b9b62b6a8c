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

/**
 * Returns the mean of an organization's own readings in the 30 days up to each of them, oldest first, in seconds and the kind's unit.
 *
 * @param part of a blood pressure, otherwise 0.
 */
export const averagesOf = ({ source, points }: Picture, part: number): { time: number; mean: number }[] => {
  const numbers = points.toReversed().flatMap((point) => {
    const number = numberAt(point, source, part)
    return number === null ? [] : { time: point.time, number }
  })
  let first = 0
  let sum = 0
  return numbers.map(({ time, number }, index) => {
    sum += number
    for (; time - (numbers[first]?.time ?? time) >= MONTH; first++) sum -= numbers[first]?.number ?? 0
    return { time: time / 1000, mean: sum / (index - first + 1) }
  })
}
