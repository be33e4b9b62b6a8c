import fc from 'fast-check'
import { type ComponentChild, h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, it } from 'vitest'
import { measures } from '../../../extension/fhir/measures.ts'
import { type Measure, measure } from '../../../extension/fhir/quantity.ts'
import type { Reading, Units, VitalName, Vitals } from '../../../extension/messages/vitals.ts'
import { ReadingTable } from '../../../extension/record/vitals/reading-table.tsx'
import { timelineOf } from '../../../extension/record/vitals/timeline.ts'
import {
  differenceIn,
  numberIn,
  recordedBeside,
  UnitsChoice,
  valueIn,
} from '../../../extension/record/vitals/units.ts'
import { VitalDetail } from '../../../extension/record/vitals/vital-detail.tsx'
import { vitalKinds } from '../../../extension/record/vitals/vital-kinds.ts'
import { VitalRow } from '../../../extension/record/vitals/vital-row.tsx'
import { trendInShort } from '../../../extension/record/vitals/vital-words.ts'
import { VitalsSummary } from '../../../extension/summary/vitals-summary.tsx'
import { pulse, riverside, weightOf } from '../../fixtures/readings.ts'

const taken = '2026-11-24T07:12:00Z'

/** A reading as the worker makes it of what an organization recorded. */
const recorded = (kind: Measure, value: string, unit: string, more: object = {}): Reading => {
  const quantity = measure({ value, unit, ...more }, kind)
  if (!quantity) throw new Error(`No quantity: ${value} ${unit}`)
  const { original, amount } = quantity
  const isConverted = quantity.unit !== original.unit || quantity.value !== original.value
  return {
    ...{ id: 'r', taken, value: quantity.value, unit: quantity.unit, source: riverside },
    ...(amount && isConverted && { recorded: `${original.value} ${original.unit}` }),
    amounts: amount ? [amount] : [],
  }
}

/** As many decimals as devices show of each unit, and numbers that people have. */
const usRecords: readonly [Measure, string, number, number, number][] = [
  [measures.mass, 'lb', 45, 600, 1],
  [measures.mass, 'lb', 45, 600, 0],
  [measures.mass, 'lb', 3, 43, 2],
  [measures.temperature, '°F', 90, 110, 1],
  [measures.length, 'in', 15, 90, 1],
]
const metricRecords: readonly [Measure, string, number, number, number][] = [
  [measures.mass, 'kg', 20, 300, 1],
  [measures.mass, 'kg', 20, 300, 0],
  [measures.mass, 'kg', 2, 19, 2],
  [measures.temperature, '°C', 33, 43, 1],
  [measures.temperature, '°C', 33, 43, 0],
  [measures.length, 'cm', 30, 220, 0],
]
const numbers = (least: number, most: number, decimals: number) =>
  fc
    .integer({ min: least * 10 ** decimals, max: most * 10 ** decimals })
    .map((number) => (number / 10 ** decimals).toFixed(decimals))

describe('in US units', () => {
  it.each(usRecords)('%# what was recorded in them is shown as it was recorded', (kind, unit, ...range) => {
    fc.assert(
      fc.property(numbers(...range), (value) => {
        const reading = recorded(kind, value, unit)
        const shown = valueIn('us', reading)
        expect(shown).toEqual({ value, unit })
        expect(recordedBeside(shown, reading)).toBeUndefined()
      }),
    )
  })

  it.each(metricRecords)('%# what is shown leads back to what was recorded', (kind, unit, ...range) => {
    const [, , decimals] = range
    fc.assert(
      fc.property(numbers(...range), (value) => {
        const reading = recorded(kind, value, unit)
        const shown = valueIn('us', reading)
        const back = measure(shown, kind)?.amount?.number ?? Number.NaN
        expect(shown.unit).not.toBe(unit)
        expect(back.toFixed(decimals)).toBe(value)
        expect(recordedBeside(shown, reading)).toBe(`${value} ${unit}`)
      }),
    )
  })

  it('each kind’s numbers and differences come back, and keep their order', () => {
    const units = [...new Set(Object.values(vitalKinds).map(({ unit }) => unit))]
    const number = fc.double({ min: -50, max: 1000, noNaN: true })
    fc.assert(
      fc.property(fc.constantFrom(...units), number, number, (unit, one, other) => {
        const [low, high] = [numberIn('us', one, unit), numberIn('us', other, unit)]
        expect(high - low).toBeCloseTo(differenceIn('us', other - one, unit), 6)
        if (one < other) expect(low).toBeLessThanOrEqual(high)
        expect(numberIn('metric', one, unit)).toBe(one)
      }),
    )
    expect(numberIn('us', 100, '°C')).toBeCloseTo(212, 9)
    expect(numberIn('us', 0.45359237, 'kg')).toBe(1)
    expect(numberIn('us', 2.54, 'cm')).toBe(1)
  })

  it.each([
    ['an unknown unit', recorded(measures.mass, '170', 'jin'), '170', 'jin'],
    ['an unknown code beside a known text', recorded(measures.mass, '81', 'kg', { code: 'jin' }), '81', 'kg'],
    ['a comparator', recorded(measures.mass, '40', 'kg', { comparator: '<' }), '<40', 'kg'],
    ['a kind that the US measures like others', recorded(measures.rate, '71', '/min'), '71', '/min'],
  ])('a value stays as recorded: %s', (_why, reading, value, unit) => {
    const shown = valueIn('us', reading)
    expect(shown).toEqual({ value, unit })
    expect(recordedBeside(shown, reading)).toBeUndefined()
  })
})

const textOf = (units: Units, child: ComponentChild) =>
  renderToString(h(UnitsChoice.Provider, { value: units, children: child }))
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
const clinic = weightOf('81.2', taken, riverside)
/** The same measurement as at the clinic, recorded in pounds. */
const device = { ...recorded(measures.mass, '179.1', 'lb'), source: pulse, id: 'lb' }
const points = timelineOf([clinic, device])

describe('where it is shown', () => {
  it('one measurement that two organizations hold in different units is one row, which says how each recorded it', () => {
    expect(points).toHaveLength(1)
    const table = textOf('us', h(ReadingTable, { name: 'Weight', points }))
    expect(table).toMatch(/When lb/)
    expect(table).toMatch(
      /179\.0\s+Riverside Clinic\s+recorded as 81\.2 kg\s+Pulse Devices\s+recorded as 179\.1 lb/,
    )
    const metric = textOf('metric', h(ReadingTable, { name: 'Weight', points }))
    expect(metric).toMatch(/81\.2\s+Riverside Clinic\s+Pulse Devices\s+recorded as 179\.1 lb/)
  })

  it('a row of the table in another unit than its column names it', () => {
    const less = { ...recorded(measures.mass, '40', 'kg', { comparator: '<' }), id: 'less' }
    const table = textOf('us', h(ReadingTable, { name: 'Weight', points: timelineOf([clinic, less]) }))
    expect(table).toContain('&lt;40 kg')
  })

  it.each(['metric', 'us'] as const)(
    'J55 a number has its own unit, never that of another organization: %s',
    (units) => {
      const bare = { ...recorded(measures.mass, '180', ''), id: 'bare', source: pulse }
      const all = timelineOf([clinic, bare])
      const said = /180\s+no unit/
      expect(textOf(units, h(ReadingTable, { name: 'Weight', points: all }))).toMatch(said)
      const alone = timelineOf([bare])
      expect(textOf(units, h(ReadingTable, { name: 'Weight', points: alone }))).toMatch(said)
      const answers = [{ pending: false, value: { cut: false } }]
      const adults = new Set<string>()
      const row = { kind: 'weight', answers, missing: [], isLong: false, onOpen: () => undefined } as const
      expect(textOf(units, h(VitalRow, { ...row, points: alone }))).toMatch(said)
      const detail = { kind: 'weight', points: alone, answers, isWhole: true, adults } as const
      expect(textOf(units, h(VitalDetail, detail))).toMatch(said)
      const vitals = { bloodPressure: [], weight: [bare], cut: false, readAt: 0 } as unknown as Vitals
      expect(textOf(units, h(VitalsSummary, { vitals }))).toMatch(said)
    },
  )

  it('the detail begins with the converted value and its original', () => {
    const kind: VitalName = 'weight'
    const adults = new Set<string>()
    const answers = [{ pending: false, value: { cut: false } }]
    const one = timelineOf([clinic])
    const detail = textOf('us', h(VitalDetail, { kind, points: one, answers, isWhole: true, adults }))
    expect(detail).toMatch(/^\s*179\.0\s+lb/)
    expect(detail).toContain('recorded as 81.2 kg')
  })

  it('a trend in words is converted by its size alone', () => {
    const trend = { source: riverside, changes: [{ part: 0, by: -1.4 }] }
    expect(trendInShort(vitalKinds.weight, trend, 'us', true)).toBe('3.1 lb lower than 3 months ago')
    expect(trendInShort(vitalKinds.weight, trend, 'metric', true)).toBe('1.4 kg lower than 3 months ago')
  })

  it('the summary converts values and ranges', () => {
    const weight = [clinic, weightOf('83.4', '2026-05-24T07:12:00Z', riverside, 'b')]
    const vitals = { bloodPressure: [], weight, cut: false, readAt: 0 } as unknown as Vitals
    const summary = textOf('us', h(VitalsSummary, { vitals }))
    expect(summary).toContain('179.0 lb · 24 Nov 2026')
    expect(summary).toContain('recorded as 81.2 kg')
    expect(summary).toContain('179–183.9 lb')
  })
})
