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
