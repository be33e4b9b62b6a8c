import UPlot from 'uplot'
import type { Source } from '../messages/vitals.ts'
import { sourceMark } from '../ui/source.tsx'
import { numberAt, type Point } from './timeline.ts'

interface Markers {
  lines: { source: Source; part: number }[]
  /** Oldest first. */
  points: Point[]
  colour: (source: Source) => string
  ground: string
}

const SIZE = 6
/** The least distance between markers; closer ones would hide the line. */
const APART = 40

/**
 * Draws each source's shape, for people who cannot tell the hues apart: on the newest point, then wherever there is room, and
 * on every point where sources disagree.
 */
export const drawMarkers = (chart: UPlot, { lines, points, colour, ground }: Markers): void => {
  const { ctx } = chart
  const scale = UPlot.pxRatio
  ctx.save()
  ctx.lineWidth = 1.5 * scale
  ctx.setLineDash([])
  for (const { source, part } of lines) {
    let last = Number.POSITIVE_INFINITY
    for (const point of points.toReversed()) {
      const number = numberAt(point, source, part)
      if (number === null) continue
      const x = chart.valToPos(point.time / 1000, 'x', true)
      if (x < chart.bbox.left - scale) break
      if (last - x < APART * scale && point.contradictedBy.length === 0) continue
      last = x
      const shape = shapeOf(sourceMark(source.hue), x, chart.valToPos(number, 'y', true), SIZE * scale)
      ctx.strokeStyle = colour(source)
      ctx.fillStyle = isHollow(source) ? ground : colour(source)
      ctx.fill(shape)
      ctx.stroke(shape)
    }
  }
  ctx.restore()
}

/** Returns the shape of the dot beside a source's name: circle, square, triangle, diamond, ring or open square. */
const shapeOf = (mark: number, x: number, y: number, size: number): Path2D => {
  const half = size / 2
  const path = new Path2D()
  const corners = {
    2: [
      [0, -half],
      [half, half],
      [-half, half],
    ],
    3: [
      [0, -half],
      [half, 0],
      [0, half],
      [-half, 0],
    ],
  }[mark]
  if (corners) {
    for (const [dx = 0, dy = 0] of corners) path.lineTo(x + dx, y + dy)
    path.closePath()
  } else if (mark === 1 || mark === 5) path.rect(x - half, y - half, size, size)
  else path.arc(x, y, half, 0, 2 * Math.PI)
  return path
}

const isHollow = ({ hue }: Source): boolean => sourceMark(hue) >= 4
