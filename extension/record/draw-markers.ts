import UPlot from 'uplot'
import type { Source } from '../messages/vitals.ts'
import { sourceMark } from '../ui/source.tsx'
import { numberAt, type Point } from './timeline.ts'

interface Markers {
  /** 2 for a blood pressure, which gets a bar between its marks. */
  parts: number
  /** Oldest first. */
  points: Point[]
  colour: (source: Source) => string
  css: (name: string) => string
}

/** In pixels: marks of readings that lie close together are smaller, so that each can be seen. */
const SMALLEST = 3
const LARGEST = 7

/**
 * Draws each reading's mark with its source's shape, for people who cannot tell the hues apart. A reading that several sources
 * hold has their marks beside each other.
 */
export const drawMarkers = (chart: UPlot, { parts, points, colour, css }: Markers): void => {
  const { ctx, bbox } = chart
  const scale = UPlot.pxRatio
  const markers = points
    .map((point) => ({ point, x: chart.valToPos(point.time / 1000, 'x', true) }))
    .filter(({ x }) => x >= bbox.left - scale)
  ctx.save()
  ctx.setLineDash([])
  ctx.lineWidth = 1.5 * scale
  ctx.strokeStyle = css('--edge')
  // Many bars are a band, which must not hide the marks.
  ctx.globalAlpha = Math.min(Math.max(bbox.width / scale / markers.length / 16, 0.3), 0.7)
  for (const { point, x } of markers) {
    const [high, low] = point.reading.amounts
    if (parts < 2 || !high || !low) continue
    ctx.beginPath()
    ctx.moveTo(x, chart.valToPos(high.number, 'y', true))
    ctx.lineTo(x, chart.valToPos(low.number, 'y', true))
    ctx.stroke()
  }
  ctx.globalAlpha = 1
  ctx.lineWidth = scale
  const sizes = sizesOf(markers, bbox.width / scale)
  for (const { point, x } of markers)
    for (const [index, source] of point.sources.entries())
      for (let part = 0; part < Math.max(parts, 1); part++) {
        const number = numberAt(point, source, part)
        if (number === null) continue
        const size =
          (point.contradictedBy.length > 0 ? LARGEST : (sizes.get(source.connectionId) ?? LARGEST)) * scale
        const aside = (index - (point.sources.length - 1) / 2) * size
        const shape = shapeOf(sourceMark(source.hue), x + aside, chart.valToPos(number, 'y', true), size)
        ctx.strokeStyle = colour(source)
        ctx.fillStyle = isHollow(source) ? css('--ground') : colour(source)
        ctx.fill(shape)
        ctx.stroke(shape)
      }
  ctx.restore()
}

/** Returns the size of each source's marks by how many share the width. */
const sizesOf = (markers: readonly { point: Point }[], width: number): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const { point } of markers)
    for (const { connectionId } of point.sources)
      counts.set(connectionId, (counts.get(connectionId) ?? 0) + 1)
  return new Map(
    [...counts].map(([id, count]) => [id, Math.min(Math.max((width / count) * 0.8, SMALLEST), LARGEST)]),
  )
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
