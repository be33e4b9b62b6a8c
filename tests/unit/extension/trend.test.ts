import { describe, expect, it } from 'vitest'
import { beginOf } from '../../../extension/record/span.ts'
import { timelineOf } from '../../../extension/record/timeline.ts'
import { type Kind, trendOf } from '../../../extension/record/trend.ts'
import { month } from '../../../extension/ui/dates.ts'
import { pressureOf, riverside, weightOf } from '../../fixtures/readings.ts'

const trend = (kind: Kind, ...readings: ReturnType<typeof weightOf>[]) => {
  const found = trendOf(kind, timelineOf(readings))
  return (
    found && {
      with: found.earlier.reading.taken,
      by: found.changes.map(({ part, by }) => [part, Number(by.toFixed(3))]),
    }
  )
}
const weight = (kg: string, taken: string) => weightOf(kg, taken, riverside, taken)
const pressure = (parts: (number | null)[], taken: string) => pressureOf(parts, taken, riverside, taken)

describe('the newest reading is compared', () => {
  it('with the one nearest to three months before', () => {
    expect(
      trend(
        'weight',
        weight('81.2', '2026-11-24'),
        weight('81.9', '2026-10-01'),
        weight('82.6', '2026-08-20'),
        weight('83.0', '2026-07-20'),
        weight('90', '2025-11-24'),
      ),
    ).toEqual({ with: '2026-08-20', by: [[0, -1.4]] })
  })

  it.each([
    ['too near', '2026-10-20'],
    ['too long ago', '2026-07-01'],
  ])('with none that is %s', (_what, taken) => {
    expect(trend('weight', weight('81.2', '2026-11-24'), weight('85', taken))).toBeUndefined()
  })

  it('with none in an unknown unit, and not with half of a blood pressure it does not share', () => {
    const unknown = { ...weight('170', '2026-08-24'), unit: 'jin', amounts: [] }
    expect(trend('weight', weight('81.2', '2026-11-24'), unknown)).toBeUndefined()
    expect(trend('weight', { ...unknown, taken: '2026-11-24' }, weight('81.2', '2026-08-24'))).toBeUndefined()
    expect(
      trend('blood-pressure', pressure([128, null], '2026-11-24'), pressure([null, 80], '2026-08-24')),
    ).toBeUndefined()
  })

  it('with nothing, not even itself, if there is no other', () => {
    expect(trend('weight')).toBeUndefined()
    expect(trend('weight', weight('81.2', '2026-11-24'))).toBeUndefined()
  })
})

describe('steady', () => {
  it.each([
    ['82.1', []],
    ['80.3', []],
    ['82.2', [[0, -1]]],
    ['80.2', [[0, 1]]],
  ])('is a weight of 81.2 kg after %s kg: %o', (before, by) => {
    expect(trend('weight', weight('81.2', '2026-11-24'), weight(before, '2026-08-24'))?.by).toEqual(by)
  })

  it.each([
    [[137, 91], []],
    [[138, 82], [[0, -10]]],
    [[128, 70], [[1, 12]]],
    [
      [118, 95],
      [
        [0, 10],
        [1, -13],
      ],
    ],
  ])('is a blood pressure of 128/82 after %o: %o', (before, by) => {
    expect(
      trend('blood-pressure', pressure([128, 82], '2026-11-24'), pressure(before, '2026-08-24'))?.by,
    ).toEqual(by)
  })
})

describe('a span', () => {
  const at = (year: number, monthIndex: number, date: number) => new Date(year, monthIndex, date).getTime()

  it.each([
    ['3_months', at(2026, 10, 24), at(2026, 7, 24)],
    ['3_months', at(2026, 4, 31), at(2026, 1, 28)],
    ['3_months', at(2026, 1, 10), at(2025, 10, 10)],
    ['12_months', at(2028, 1, 29), at(2027, 1, 28)],
  ] as const)('of %s begins on the same day of its month, or on its last day', (span, now, begin) => {
    expect(beginOf(span, now)).toBe(begin)
  })

  it('of everything has no beginning', () => {
    expect(beginOf('all')).toBe(Number.NEGATIVE_INFINITY)
  })
})

it('a month has its year unless it is this one', () => {
  const now = new Date(2026, 0, 20).getTime()
  expect([month('2026-01-02', now), month('2025-10-30', now)]).toEqual(['January', 'October 2025'])
})
