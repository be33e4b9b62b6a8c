import UPlot from 'uplot'
import { sourceShape } from '../../ui/words/source-mark.tsx'
import { type Picture, type Spread, spreadsOf } from './pictures.ts'
import { numberAt, type Point } from './timeline.ts'

interface Markers {
  /** 2 for a blood pressure. */
  parts: number
  picture: Picture
  /** Converts a number of the kind's unit to the chart's. */
  shownNumber: (number: number) => number
  /** Of the source. */
  colour: string
  css: (name: string) => string
}

/** In pixels: marks of readings that lie close together are smaller, so that each can be seen. */
const SMALLEST = 3
const LARGEST = 7

/** The person's line stands before the readings, and its spread behind them. */
const QUIET = 0.62
const SPREAD = 0.14

/**
 * Draws each reading's mark with its source's shape, for people who cannot tell the hues apart, between the spread of 30 days and its
 * median, and the newest reading over all. A reading that cannot be right is a hollow mark at the edge that is nearest to it.
 */
export const drawMarkers = (chart: UPlot, { parts, picture, shownNumber, colour, css }: Markers): void => {
  const { ctx, bbox } = chart
  const { source, points, outliers, x, y } = picture
  const scale = UPlot.pxRatio
  const within = ([least, most]: readonly [number, number], value: number) =>
    Math.min(Math.max(value, least), most)
  const place = (point: Point) => chart.valToPos(within(x, point.time / 1000), 'x', true)
  const height = (number: number) => chart.valToPos(shownNumber(within(y, number)), 'y', true)
  const markers = points
    .map((point) => ({ point, left: place(point) }))
    .filter(({ left }) => left >= bbox.left - scale)
  const shape = new Path2D(sourceShape(source.hue))
  ctx.save()
  ctx.setLineDash([])
  ctx.lineWidth = scale
  let size = Math.min(Math.max((bbox.width / scale / markers.length) * 0.8, SMALLEST), LARGEST) * scale
  const draw = (point: Point, left: number, isOut: boolean) => {
    for (let part = 0; part < Math.max(parts, 1); part++) {
      const number = numberAt(point, source, part)
      if (number === null) continue
      const mark = placed(shape, left, height(number), isOut ? LARGEST * scale : size)
      ctx.strokeStyle = colour
      ctx.fillStyle = isOut ? css('--ground') : colour
      ctx.fill(mark)
      ctx.stroke(mark)
    }
  }
  const lines = Array.from({ length: Math.max(parts, 1) }, (_, part) => spreadsOf(picture, part))
  const trace = (line: readonly Spread[], numberOf: (spread: Spread) => number) => {
    for (const spread of line) ctx.lineTo(chart.valToPos(spread.time, 'x', true), height(numberOf(spread)))
  }
  ctx.fillStyle = css('--ink')
  ctx.globalAlpha = SPREAD
  for (const line of lines) {
    ctx.beginPath()
    trace(line, ({ low }) => low)
    trace(line.toReversed(), ({ high }) => high)
    ctx.fill()
  }
  ctx.globalAlpha = QUIET
  for (const { point, left } of markers.slice(1)) draw(point, left, false)
  ctx.globalAlpha = 1
  for (const point of outliers) draw(point, place(point), true)
  ctx.strokeStyle = css('--ink')
  ctx.lineWidth = 2 * scale
  for (const line of lines) {
    ctx.beginPath()
    trace(line, ({ median }) => median)
    ctx.stroke()
  }
  ctx.lineWidth = scale
  size = LARGEST * scale
  for (const { point, left } of markers.slice(0, 1)) draw(point, left, false)
  ctx.restore()
}

/** Returns a shape, which is in a square of 10, of this size around a point. */
const placed = (shape: Path2D, x: number, y: number, size: number): Path2D => {
  const path = new Path2D()
  path.addPath(shape, { a: size / 10, d: size / 10, e: x - size / 2, f: y - size / 2 })
  return path
}
