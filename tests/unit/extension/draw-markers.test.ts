import UPlot from 'uplot'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { Reading } from '../../../extension/messages/vitals.ts'
import { drawMarkers } from '../../../extension/record/vitals/draw-markers.ts'
import { picturesOf } from '../../../extension/record/vitals/pictures.ts'
import { sourceColour, sourceShape } from '../../../extension/ui/words/source-mark.tsx'
import { pressureOf, pulse, riverside, weightOf } from '../../fixtures/readings.ts'

const day = (number: number) => `2026-11-${String(number).padStart(2, '0')}T07:12:00Z`

// It asks the screen, and here is none.
beforeAll(() => {
  Object.assign(UPlot, { pxRatio: 1 })
})

const kinds = new Map([
  [sourceShape(0), 'circle'],
  [sourceShape(1), 'square'],
])

/** Draws readings, and returns the shape of each mark with its colour and opacity, the spreads, and the points of all lines. */
const drawn = (parts: number, readings: Reading[]) => {
  class Shape {
    kind: string
    constructor(path = '') {
      this.kind = kinds.get(path) ?? path
    }
    addPath({ kind }: Shape) {
      this.kind = kind
    }
  }
  vi.stubGlobal('Path2D', Shape)
  const marks: string[] = []
  let linePoints = 0
  const ctx = {
    ...{ save() {}, restore() {}, setLineDash() {}, beginPath() {}, fillStyle: '', globalAlpha: 1 },
    fill: (shape?: Shape) => marks.push(`${ctx.fillStyle} ${shape?.kind ?? 'spread'} ${ctx.globalAlpha}`),
    lineTo: () => {
      linePoints++
    },
    stroke() {},
  }
  const chart = { ctx, bbox: { left: 0, width: 300 }, valToPos: (value: number) => value }
  const kind = parts === 2 ? 'bloodPressure' : 'weight'
  for (const picture of picturesOf(kind, readings, Number.NEGATIVE_INFINITY, Date.parse(day(24))))
    drawMarkers(chart as never, {
      ...{ parts, picture, colour: picture.source.name, css: (name: string) => name.slice(2) },
      shownNumber: (number) => number,
    })
  vi.unstubAllGlobals()
  return { marks, linePoints }
}

describe('the chart', () => {
  it('marks every reading, in the colour and shape of its organization, behind them its spread, and before the newest its line', () => {
    const { marks, linePoints } = drawn(0, [
      weightOf('81.2', day(1), riverside, 'a'),
      weightOf('81.4', day(2), riverside, 'b'),
      weightOf('81.3', day(3), pulse, 'c'),
      weightOf('81.3', day(4), pulse, 'd'),
    ])
    expect(marks).toEqual([
      'ink spread 0.14',
      'Riverside Clinic circle 0.62',
      'Riverside Clinic circle 1',
      'ink spread 0.14',
      'Pulse Devices square 0.62',
      'Pulse Devices square 1',
    ])
    expect(linePoints).toBe(12)
  })

  it('draws a blood pressure as two marks and two lines, and half of one as its mark', () => {
    const { marks, linePoints } = drawn(2, [
      pressureOf([128, 82], day(1), riverside, 'a'),
      pressureOf([130, 84], day(2), riverside, 'b'),
      pressureOf([126, null], day(3), riverside, 'c'),
    ])
    expect(marks).toHaveLength(7)
    expect(linePoints).toBe(15)
  })

  it('J55 draws a value that cannot be right as a hollow mark, which is in no line', () => {
    const { marks, linePoints } = drawn(0, [
      weightOf('81.2', day(1), riverside, 'a'),
      weightOf('81.3', day(2), riverside, 'b'),
      weightOf('1000000000000', day(3), riverside, 'c'),
    ])
    expect(marks).toEqual([
      'ink spread 0.14',
      'Riverside Clinic circle 0.62',
      'ground circle 1',
      'Riverside Clinic circle 1',
    ])
    expect(linePoints).toBe(6)
  })
})

it('twelve organizations have a shape of their own, and 36 a mark', () => {
  const hues = Array.from({ length: 36 }, (_, hue) => hue)
  expect(new Set(hues.slice(0, 12).map(sourceShape)).size).toBe(12)
  expect(new Set(hues.map((hue) => `${sourceShape(hue)} ${sourceColour(hue)}`)).size).toBe(36)
  expect(Math.max(...hues.map(sourceColour))).toBe(5)
})
