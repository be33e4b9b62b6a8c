import 'uplot/dist/uPlot.min.css'
import UPlot from 'uplot'
import type { Source, VitalName } from '../messages/vitals.ts'
import { sourceMark } from '../ui/source.tsx'
import { language } from '../ui/words.ts'
import { drawMarkers } from './draw-markers.ts'
import { DAY, pictureRange } from './picture-range.ts'
import { numberAt, type Point, sourcesOf } from './timeline.ts'
import { vitalKinds } from './vital-kinds.ts'

interface ChartInput {
  kind: VitalName
  /** Newest first. */
  points: Point[]
  /** Where the picture begins; -Infinity is the oldest point. */
  begin: number
  /** Draws the kind's band. */
  hasBand: boolean
  /** Called with the index of the point nearest to the pointer, or undefined when the pointer leaves. */
  onPoint: (index: number | undefined) => void
}

export interface DrawnChart {
  /** Puts the cursor on a point. */
  mark: (index: number | undefined) => void
  end: () => void
}

/**
 * Draws a mark for each reading, in its source's colour and shape: of a blood pressure on a bar from diastolic to systolic,
 * otherwise on a line for each source.
 */
export const drawChart = (
  box: HTMLElement,
  { kind, points, begin, hasBand, onPoint }: ChartInput,
): DrawnChart => {
  const { parts, leastRange, band } = vitalKinds[kind]
  const oldestFirst = points.toReversed()
  const indexOf = (position: number) => points.length - 1 - position
  const sources = sourcesOf(points.flatMap(({ readings }) => readings))
  const lines = sources.flatMap((source) =>
    Array.from({ length: Math.max(parts.length, 1) }, (_, part) => ({ source, part })),
  )
  const css = (name: string) => getComputedStyle(box).getPropertyValue(name)
  const colour = ({ hue }: Source) => css(`--source-${sourceMark(hue)}`)
  const times = oldestFirst.map(({ time }) => time / 1000)
  const [from, to] = pictureRange(times, begin / 1000, Date.now() / 1000)

  const isLong = to - from > 370 * DAY

  const chart = new UPlot(
    {
      width: box.clientWidth,
      height: box.clientHeight,
      padding: [8, 4, 0, 4],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 9, width: 2 } },
      scales: {
        x: { time: true, range: [from, to] },
        y: { range: (_chart, low, high) => rangeOf(low, high, leastRange) },
      },
      axes: [
        {
          ...axis(css),
          size: 22,
          space: isLong ? 84 : 64,
          grid: { show: false },
          values: (_chart, moments, _axis, _space, step) =>
            moments.map((moment) => momentWords(moment, step, isLong)),
        },
        {
          ...axis(css),
          side: 1,
          size: 34,
          space: 30,
          grid: { stroke: () => css('--hairline'), width: 1 },
          values: (_chart, amounts) =>
            amounts.map((amount) => new Intl.NumberFormat(language()).format(amount)),
        },
      ],
      series: [
        {},
        ...lines.map(({ source }) => ({
          stroke: () => colour(source),
          width: 1.5,
          spanGaps: true,
          points: { show: false },
          ...(parts.length > 0 && { paths: () => null }),
        })),
      ],
      hooks: {
        drawClear: [
          (plot) => {
            if (band && hasBand) shadeRanges(plot, band.ranges, css('--shade'))
          },
        ],
        draw: [(plot) => drawMarkers(plot, { parts: parts.length, points: oldestFirst, colour, css })],
        setCursor: [
          ({ cursor: { idx, left = -1 } }) => {
            if (left >= 0 && idx != null) onPoint(indexOf(idx))
          },
        ],
      },
    },
    [times, ...lines.map(({ source, part }) => oldestFirst.map((point) => numberAt(point, source, part)))],
    box,
  )

  chart.over.addEventListener('mouseleave', () => onPoint(undefined))
  const resizeObserver = new ResizeObserver(() =>
    chart.setSize({ width: box.clientWidth, height: box.clientHeight }),
  )
  resizeObserver.observe(box)
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const recolour = () => chart.redraw(false)
  dark.addEventListener('change', recolour)
  return {
    mark: (index) => {
      const time = index === undefined ? undefined : times[indexOf(index)]
      const left = time === undefined ? -10 : chart.valToPos(time, 'x')
      chart.setCursor({ left, top: left < 0 ? -10 : 0 }, false)
    },
    end: () => {
      resizeObserver.disconnect()
      dark.removeEventListener('change', recolour)
      chart.destroy()
    },
  }
}

/** Shades ranges of the vertical axis, as far as they lie in the picture. */
const shadeRanges = (
  chart: UPlot,
  ranges: readonly (readonly [from: number, below: number])[],
  colour: string,
): void => {
  const { ctx, bbox } = chart
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.fillStyle = colour
  for (const [from, below] of ranges) {
    const top = chart.valToPos(below, 'y', true)
    ctx.fillRect(bbox.left, top, bbox.width, chart.valToPos(from, 'y', true) - top)
  }
  ctx.restore()
}

const rangeOf = (low: number, high: number, least: number): [number, number] => {
  const around = Math.max((least - (high - low)) / 2, (high - low) * 0.08)
  return [low - around, high + around]
}

const axis = (css: (name: string) => string) => ({
  stroke: () => css('--quiet'),
  font: '12px system-ui, sans-serif',
  ticks: { show: false },
  gap: 4,
})

/** Formats an axis label by the distance of the marks: `2024`, `Aug` (`Aug 2024` over more than a year) or `4 Aug`. */
const momentWords = (moment: number, step: number, isLong: boolean): string => {
  const options: Intl.DateTimeFormatOptions =
    step >= 360 * DAY
      ? { year: 'numeric' }
      : step >= 28 * DAY
        ? { month: 'short', ...(isLong && { year: 'numeric' }) }
        : { day: 'numeric', month: 'short' }
  return new Intl.DateTimeFormat(language(), options).format(moment * 1000)
}
