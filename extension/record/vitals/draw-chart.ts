import 'uplot/dist/uPlot.min.css'
import UPlot from 'uplot'
import type { Reading, Units, VitalName } from '../../messages/vitals.ts'
import { sourceColour } from '../../ui/words/source-mark.tsx'
import { language } from '../../ui/words/words.ts'
import { drawMarkers } from './draw-markers.ts'
import { DAY, type Picture } from './pictures.ts'
import { numberAt } from './timeline.ts'
import { numberIn } from './units.ts'
import { vitalKinds } from './vital-kinds.ts'

interface ChartInput {
  kind: VitalName
  pictures: readonly Picture[]
  units: Units
  /** The connections whose pictures have the kind's band. */
  adults: ReadonlySet<string>
  /** Called with the reading nearest to the pointer, or undefined when the pointer leaves. */
  onReading: (reading: Reading | undefined) => void
}

export interface DrawnChart {
  /** Puts the cursor on each picture's point of these readings. */
  mark: (readings: readonly Reading[]) => void
  end: () => void
}

/** Draws the picture of each organization, below each other. */
export const drawChart = (box: HTMLElement, { pictures, ...input }: ChartInput): DrawnChart => {
  const drawings = pictures.map((picture) => drawPicture(box, { picture, ...input }))
  return {
    mark: (readings) => {
      for (const each of drawings) each.mark(readings)
    },
    end: () => {
      for (const each of drawings) each.end()
    },
  }
}

/**
 * Draws a mark for each reading of an organization, in its colour and shape, below the median of its last 30 days.
 */
const drawPicture = (
  chartBox: HTMLElement,
  { kind, picture, units, adults, onReading }: Omit<ChartInput, 'pictures'> & { picture: Picture },
): DrawnChart => {
  const { parts, band, unit } = vitalKinds[kind]
  const shownNumber = (number: number) => numberIn(units, number, unit)
  const { source, points, x, y } = picture
  const oldestFirst = points.toReversed()
  const box = chartBox.appendChild(document.createElement('div'))
  const css = (name: string) => getComputedStyle(box).getPropertyValue(name)
  const colour = () => css(`--source-${sourceColour(source.hue)}`)
  const times = oldestFirst.map(({ time }) => time / 1000)
  const isLong = x[1] - x[0] > 370 * DAY
  const lines = parts.length > 0 ? parts : [kind]

  const chart = new UPlot(
    {
      width: box.clientWidth,
      height: box.clientHeight,
      padding: [8, 4, 0, 4],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 9, width: 2 } },
      scales: { x: { time: true, range: [...x] }, y: { range: [shownNumber(y[0]), shownNumber(y[1])] } },
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
        ...lines.map(() => ({
          stroke: colour,
          points: { show: false },
          paths: () => null,
        })),
      ],
      hooks: {
        drawClear: [
          (plot) => {
            if (band && adults.has(source.connectionId)) shadeRanges(plot, band.ranges, css('--shade'))
          },
        ],
        draw: [
          (plot) => drawMarkers(plot, { parts: parts.length, picture, shownNumber, colour: colour(), css }),
        ],
        setCursor: [
          ({ cursor: { idx, left = -1 } }) => {
            if (left >= 0 && idx != null) onReading(oldestFirst[idx]?.reading)
          },
        ],
      },
    },
    [
      times,
      ...lines.map((_, part) =>
        oldestFirst.map((point) => {
          const number = numberAt(point, source, part)
          return number === null ? null : shownNumber(number)
        }),
      ),
    ],
    box,
  )

  chart.over.addEventListener('mouseleave', () => onReading(undefined))
  const resizeObserver = new ResizeObserver(() =>
    chart.setSize({ width: box.clientWidth, height: box.clientHeight }),
  )
  resizeObserver.observe(box)
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const recolour = () => chart.redraw(false)
  dark.addEventListener('change', recolour)
  return {
    mark: (readings) => {
      const point = points.find((each) => each.readings.some((own) => readings.includes(own)))
      const left = point === undefined ? -10 : chart.valToPos(point.time / 1000, 'x')
      chart.setCursor({ left, top: left < 0 ? -10 : 0 }, false)
    },
    end: () => {
      resizeObserver.disconnect()
      dark.removeEventListener('change', recolour)
      chart.destroy()
      box.remove()
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
