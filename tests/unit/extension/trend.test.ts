import { describe, expect, it } from 'vitest'
import type { Reading, Source, VitalName } from '../../../extension/messages/vitals.ts'
import { beginOf } from '../../../extension/record/vitals/span.ts'
import { trendsOf } from '../../../extension/record/vitals/trend.ts'
import { pressureOf, pulse, riverside, weightOf } from '../../fixtures/readings.ts'

const DAY = 86_400_000
const now = Date.parse('2026-11-24T12:00:00Z')
const at = (daysAgo: number) => new Date(now - daysAgo * DAY).toISOString()

/** One weight a day, the last of them `daysAgo`. */
const weights = (kilograms: number[], daysAgo: number, source: Source = riverside) =>
  kilograms.map((kg, index) =>
    weightOf(kg.toFixed(1), at(daysAgo + index), source, `${source.connectionId} ${daysAgo + index}`),
  )
const pressures = (parts: [number | null, number | null][], daysAgo: number) =>
  parts.map((each, index) => pressureOf(each, at(daysAgo + index), riverside, String(daysAgo + index)))

const trend = (kind: VitalName, ...readings: Reading[]) => {
  const [result] = trendsOf(kind, readings, now)
  return result?.changes.map(({ part, by }) => [part, Number(by.toFixed(3))])
}
const textOf = (...readings: Reading[]) => trend('weight', ...readings)

const lastMonth = weights([81.2, 81.4, 81.0, 81.2], 2)
const earlier = weights([83.2, 83.4, 83.0, 83.2], 100)

describe('the trend compares two months of readings', () => {
  it('by their means', () => {
    expect(textOf(...lastMonth, ...earlier)).toEqual([[0, -2]])
  })

  it('so that a single new reading does not reverse it', () => {
    const before = [...lastMonth, ...lastMonth.map(later(6))]
    expect(textOf(...weights([85.2], 1), ...before, ...earlier)).toEqual([[0, -1.556]])
  })

  it('counting several readings of one day as one', () => {
    const sitting = Array.from({ length: 9 }, (_, index) =>
      weightOf('81.2', new Date(now - DAY + index * 60_000).toISOString(), riverside, `s${index}`),
    )
    expect(textOf(...sitting, ...earlier)).toBeUndefined()
    expect(textOf(...sitting, ...lastMonth, ...earlier)).toEqual([[0, -2]])
  })

  it.each([
    ['too few of the last month', [...lastMonth.slice(1), ...earlier]],
    ['too few of the month before', [...lastMonth, ...earlier.slice(1)]],
    ['none for a month', [...lastMonth.map(later(40)), ...earlier]],
    ['only two', [...weights([81.2], 1), ...weights([90], 91)]],
    ['none', []],
  ])('and says nothing of %s', (_what, readings) => {
    expect(textOf(...readings)).toBeUndefined()
  })

  it('without readings in an unknown unit, or dated in the future', () => {
    const unknown = weights([10, 10, 10, 10, 10], 8).map((each) => ({ ...each, unit: 'jin', amounts: [] }))
    const ahead = weights([10, 10, 10, 10], -40)
    expect(textOf(...lastMonth, ...earlier, ...unknown, ...ahead)).toEqual([[0, -2]])
  })
})

describe('a change is shown', () => {
  it.each([
    [82.1, []],
    [80.3, []],
    [82.2, [[0, -1]]],
    [80.2, [[0, 1]]],
  ])('from a kilogram on: 81.2 kg after %s kg', (before, expected) => {
    expect(
      textOf(...weights([81.2, 81.2, 81.2, 81.2], 2), ...weights([before, before, before, before], 100)),
    ).toEqual(expected)
  })

  it('only if it exceeds the spread of the readings', () => {
    expect(textOf(...weights([79, 83, 79, 83], 2), ...weights([80, 85, 80, 85], 100))).toBeUndefined()
    expect(textOf(...weights([79, 83, 79, 83], 2), ...weights([90, 95, 90, 95], 100))).toEqual([[0, -11.5]])
  })

  it('for each part of a blood pressure', () => {
    const recent = pressures(
      [
        [128, 82],
        [130, 82],
        [126, 82],
        [128, 82],
      ],
      2,
    )
    expect(
      trend(
        'bloodPressure',
        ...recent,
        ...pressures(
          [
            [132, 82],
            [134, 82],
            [130, 82],
            [132, 82],
          ],
          100,
        ),
      ),
    ).toEqual([])
    expect(
      trend(
        'bloodPressure',
        ...recent,
        ...pressures(
          [
            [138, 82],
            [140, 82],
            [136, 82],
            [138, 82],
          ],
          100,
        ),
      ),
    ).toEqual([[0, -10]])
    expect(
      trend(
        'bloodPressure',
        ...recent,
        ...pressures(
          [
            [118, 95],
            [118, 95],
            [118, 95],
            [118, 95],
          ],
          100,
        ),
      ),
    ).toEqual([
      [0, 10],
      [1, -13],
    ])
    expect(
      trend(
        'bloodPressure',
        ...recent,
        ...pressures(
          [
            [null, 95],
            [null, 95],
            [null, 95],
            [null, 95],
          ],
          100,
        ),
      ),
    ).toEqual([[1, -13]])
  })

  it('not for a kind for which it would mean nothing', () => {
    expect(trend('temperature', ...lastMonth, ...earlier)).toBeUndefined()
  })
})

describe("F70 another organization's readings", () => {
  const copies = [...lastMonth, ...earlier].map((reading) => ({ ...reading, source: pulse }))
  const alone = textOf(...lastMonth, ...earlier)

  it.each([
    ['the same readings', copies],
    ['some of them', copies.slice(2)],
    ['other readings', [...weights([60, 60, 60, 60, 60], 9, pulse), ...weights([99, 99, 99, 99], 95, pulse)]],
    [
      'other values for the same moments',
      copies.map((each) => ({ ...weightOf('60', each.taken, pulse, each.id) })),
    ],
  ])('does not change the trend: %s', (_what, others) => {
    expect(textOf(...lastMonth, ...earlier, ...others)).toEqual(alone)
    expect(textOf(...others, ...earlier, ...lastMonth)).toEqual(alone)
  })

  it('have a trend of their own, beside the first', () => {
    const falling = [...weights([90, 90, 90, 90], 2, pulse), ...weights([99, 99, 99, 99], 100, pulse)]
    const both = trendsOf('weight', [...falling, ...lastMonth, ...earlier], now)
    expect(both.map(({ source, changes }) => [source.name, changes.map(({ by }) => Math.round(by))])).toEqual(
      [
        ['Riverside Clinic', [-2]],
        ['Pulse Devices', [-9]],
      ],
    )
  })

  it('give the trend if the first has too few, and that organization is named', () => {
    expect(trendsOf('weight', [...copies, ...lastMonth.slice(1), ...earlier], now)).toEqual(
      trendsOf('weight', copies, now),
    )
  })
})

function later(days: number) {
  return (reading: Reading): Reading => ({
    ...reading,
    id: `${reading.id} later`,
    taken: new Date(Date.parse(reading.taken) - days * DAY).toISOString(),
  })
}

describe('a span', () => {
  const of = (year: number, monthIndex: number, date: number) => new Date(year, monthIndex, date).getTime()

  it.each([
    ['3_months', of(2026, 10, 24), of(2026, 7, 24)],
    ['3_months', of(2026, 4, 31), of(2026, 1, 28)],
    ['3_months', of(2026, 1, 10), of(2025, 10, 10)],
    ['12_months', of(2028, 1, 29), of(2027, 1, 28)],
  ] as const)('of %s begins on the same day of its month, or on its last day', (span, now, begin) => {
    expect(beginOf(span, now)).toBe(begin)
  })

  it('of everything has no beginning', () => {
    expect(beginOf('all')).toBe(Number.NEGATIVE_INFINITY)
  })
})
