import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Reading, Source, VitalName } from '../../../extension/messages/vitals.ts'
import { picturesOf, spreadsOf } from '../../../extension/record/vitals/pictures.ts'
import { trendsOf } from '../../../extension/record/vitals/trend.ts'
import { pressureOf, pulse, riverside, weightOf } from '../../fixtures/readings.ts'

const DAY = 86_400_000
const now = Date.parse('2026-11-24T12:00:00Z')
const at = (daysAgo: number) => new Date(now - daysAgo * DAY).toISOString()
const ALL = Number.NEGATIVE_INFINITY

const many = (count: number, make: (index: number) => Reading): Reading[] =>
  Array.from({ length: count }, (_, index) => make(index))

/** A year of readings that go down. */
const pressures = (source: Source) =>
  many(120, (index) =>
    pressureOf([122 + Math.round(index / 5), 76 + (index % 7)], at(3 * index), source, `bp${index}`),
  )
const weights = (source: Source) =>
  many(120, (index) => weightOf((81 + index / 20).toFixed(1), at(3 * index), source, `w${index}`))

const pressure = (numbers: number[], taken: string, id = taken) => pressureOf(numbers, taken, pulse, id)
const weight = (kilograms: string, taken: string, id = taken) => weightOf(kilograms, taken, pulse, id)

/** What an organization sends to change how another's readings look. */
const HOSTILE: [string, Reading[], Reading[]][] = [
  [
    'an impossible value',
    [pressure([999_999, 1], at(1)), pressure([120, 80], at(2))],
    [weight('1e12', at(1))],
  ],
  ['a value below any', [pressure([-5, -9], at(1)), pressure([0, 0], at(2))], [weight('-1', at(1))]],
  ['a reading of the year 1', [pressure([120, 80], '0001-01-01')], [weight('80', '0001-01-01')]],
  ['a reading of the year 9999', [pressure([120, 80], '9999-12-31')], [weight('80', '9999-12-31')]],
  [
    '10,000 readings a day',
    many(10_000, (index) => pressure([120, 80], new Date(now - index * 8_640).toISOString(), `m${index}`)),
    many(10_000, (index) => weight('80', new Date(now - index * 8_640).toISOString(), `m${index}`)),
  ],
  [
    'a flat series',
    many(300, (index) => pressure([120, 80], at(index), `f${index}`)),
    many(300, (index) => weight('80.0', at(index), `f${index}`)),
  ],
  [
    'the extremes of what is possible',
    [pressure([350, 250], at(1)), pressure([30, 10], at(2)), pressure([300, 20], at(700))],
    [weight('700', at(1)), weight('0.2', at(2)), weight('300', at(9_000))],
  ],
  [
    'copies with another time',
    pressures(pulse).map((reading) => ({ ...reading, taken: `${reading.taken.slice(0, 16)}:59Z` })),
    weights(pulse).map((reading) => ({ ...reading, taken: reading.taken.slice(0, 10) })),
  ],
  [
    'other values for the same moments',
    pressures(pulse).map((reading) => ({ ...pressure([200, 150], reading.taken, reading.id) })),
    weights(pulse).map((reading) => ({ ...weight('40', reading.taken, reading.id) })),
  ],
  [
    'a trend of its own',
    [
      ...many(20, (index) => pressure([180, 110], at(index))),
      ...many(20, (index) => pressure([110, 60], at(95 + index))),
    ],
    [...many(20, (index) => weight('90', at(index))), ...many(20, (index) => weight('60', at(95 + index)))],
  ],
]

const ROWS = HOSTILE.flatMap(([what, ofPressure, ofWeight]) =>
  (
    [
      ['bloodPressure', pressures, ofPressure],
      ['weight', weights, ofWeight],
    ] as const
  ).map(([kind, honest, hostile]) => [kind, what, honest, hostile] as const),
)

describe('J55 an organization changes nothing of another’s picture', () => {
  it.each(ROWS)('%s: %s', (kind: VitalName, _what, honestOf, hostile) => {
    // The hostile organization may have been added before or after.
    for (const own of [riverside, { ...riverside, hue: 5 }]) {
      const honest = honestOf(own)
      for (const begin of [ALL, now - 365 * DAY]) {
        const alone = picturesOf(kind, honest, begin, now)
        expect(alone).toHaveLength(1)
        for (const both of [
          [...honest, ...hostile],
          [...hostile, ...honest],
        ])
          expect(
            picturesOf(kind, both, begin, now).filter(({ source }) => source.connectionId === 'riverside'),
          ).toEqual(alone)
      }
      const alone = trendsOf(kind, honest, now)
      expect(alone).toHaveLength(1)
      expect(
        trendsOf(kind, [...hostile, ...honest], now).filter(
          ({ source }) => source.connectionId === 'riverside',
        ),
      ).toEqual(alone)
    }
  })
})

describe('J55 a value that cannot be right', () => {
  const [picture] = picturesOf(
    'bloodPressure',
    [
      ...many(5, (index) => pressure([120 + index, 80], at(index + 1))),
      pressure([999_999, 80], at(1)),
      pressure([120, 0.1], at(2), 'low'),
      pressure([121, 81], '0001-01-01'),
    ],
    ALL,
    now,
  )

  it('is an outlier of its own picture, and does not stretch its axes', () => {
    expect(picture?.points).toHaveLength(5)
    expect(picture?.outliers.map(({ reading }) => reading.value)).toEqual(['999999/80', '120/0.1', '121/81'])
    expect(picture?.y[1]).toBeLessThan(140)
    expect(picture?.x[0]).toBeGreaterThan((now - 30 * DAY) / 1000)
  })

  it('has no part in a trend', () => {
    const before = many(4, (index) => weight('90', at(100 + index)))
    const last = many(4, (index) => weight('81', at(1 + index)))
    const trends = trendsOf('weight', [...before, ...last], now)
    expect(trends).toHaveLength(1)
    expect(trendsOf('weight', [...before, ...last, weight('1e12', at(9), 'out')], now)).toEqual(trends)
  })
})

it('an organization with a single reading has no picture, and a shift of a second changes none', () => {
  expect(picturesOf('weight', [weight('81', at(1))], ALL, now)).toEqual([])
  const readings = weights(riverside)
  expect(picturesOf('weight', readings, ALL, now + 1000)).toEqual(picturesOf('weight', readings, ALL, now))
})

describe('the line of a picture', () => {
  const pictureOf = (readings: Reading[]) => {
    const [picture] = picturesOf('weight', readings, ALL, now)
    if (!picture) throw new Error('no picture')
    return picture
  }
  const sorted = (numbers: number[]) => numbers.toSorted((a, b) => a - b)
  const days = fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { minLength: 2, maxLength: 40 })
  const kilograms = fc.integer({ min: 700, max: 900 }).map((tenths) => tenths / 10)

  it('is the median of the 30 days up to each reading, within the bounds of their middle half', () => {
    fc.assert(
      fc.property(days, fc.array(kilograms, { minLength: 40, maxLength: 40 }), (given, numbers) => {
        const own = given.map((daysAgo, index) => ({ daysAgo, number: numbers[index] ?? 80 }))
        const readings = own.map(({ daysAgo, number }) => weight(String(number), at(daysAgo)))
        const spreads = spreadsOf(pictureOf(readings), 0)
        expect(spreads).toHaveLength(own.length)
        for (const { time, low, median, high } of spreads) {
          const end = Math.round((now - time * 1000) / DAY)
          const inside = own.filter(({ daysAgo }) => daysAgo >= end && daysAgo < end + 30)
          const all = sorted(inside.map(({ number }) => number))
          const [a = 0, b = 0] = [all[Math.floor((all.length - 1) / 2)], all[Math.ceil((all.length - 1) / 2)]]
          expect(median).toBeCloseTo((a + b) / 2, 9)
          const below = (bound: number) => all.filter((number) => number < bound - 1e-9).length
          const above = (bound: number) => all.filter((number) => number > bound + 1e-9).length
          // Each bound leaves a quarter outside, as nearly as so few numbers can.
          expect(below(low)).toBeLessThanOrEqual(all.length / 4 + 0.75)
          expect(above(high)).toBeLessThanOrEqual(all.length / 4 + 0.75)
          expect(low).toBeLessThanOrEqual(median)
          expect(high).toBeGreaterThanOrEqual(median)
        }
      }),
    )
  })

  it('has the quartiles of five readings, and stays where it was when the highest is a mistake', () => {
    const five = (highest: string) =>
      ['80', '81', '82', '83', highest].map((kilogram, index) => weight(kilogram, at(index)))
    const newest = (highest: string) => spreadsOf(pictureOf(five(highest)), 0).at(-1)
    expect(newest('84')).toMatchObject({ low: 81, median: 82, high: 83 })
    expect(newest('184')).toEqual(newest('84'))
  })
})
