import { describe, expect, it } from 'vitest'
import type { Reading } from '../../../extension/messages/vitals.ts'
import { isAhead, type Point, timelineOf } from '../../../extension/record/vitals/timeline.ts'
import { holdersOf, timesOf } from '../../../extension/record/vitals/vital-words.ts'
import { pressureOf, pulse, riverside, weightOf } from '../../fixtures/readings.ts'

const values = (points: Point[]) => points.map(({ reading }) => reading.value)
const names = (point: Point | undefined) => point?.sources.map(({ name }) => name)

describe('one measurement that two organizations hold', () => {
  it('is one point that names both', () => {
    const points = timelineOf([
      weightOf('81.2', '2026-11-24T07:12:00-06:00', riverside),
      weightOf('81.2', '2026-11-24T13:12:00Z', pulse),
    ])
    expect(points).toHaveLength(1)
    expect(names(points[0])).toEqual(['Riverside Clinic', 'Pulse Devices'])
    expect(points[0]?.contradictedBy).toEqual([])
  })

  it('is one point even if one of them stores no seconds', () => {
    expect(
      timelineOf([
        pressureOf([128, 82], '2026-11-24T07:12:41Z', riverside),
        pressureOf([128, 82], '2026-11-24T07:12:00Z', pulse),
      ]),
    ).toHaveLength(1)
  })

  it('is one point even if one of them knows only the day, and shows the moment', () => {
    const points = timelineOf([
      weightOf('81.2', '2026-11-24', riverside),
      weightOf('81.2', '2026-11-24T07:12:00-06:00', pulse),
    ])
    expect(points.map(({ reading }) => reading.taken)).toEqual(['2026-11-24T07:12:00-06:00'])
  })

  it.each([
    ['81.2 kg and 179.0 lb', { recorded: '179.0 lb', amounts: [{ number: 81.193, step: 0.045359237 }] }],
    ['81.2 kg and 81.20 kg', { value: '81.20', amounts: [{ number: 81.2, step: 0.01 }] }],
  ])('is one point if both show the same number: %s', (_what, change) => {
    const points = timelineOf([
      weightOf('81.2', '2026-11-24T07:12:00Z', riverside),
      { ...weightOf('81.2', '2026-11-24T07:12:00Z', pulse), ...change },
    ])
    expect(points.map(({ sources, contradictedBy }) => [sources.length, contradictedBy])).toEqual([[2, []]])
  })

  it('is shown as the most precise one recorded it, not converted', () => {
    const plain = weightOf('81.2', '2026-11-24T07:12:00Z', riverside)
    const fine = weightOf('81.20', '2026-11-24T07:12:00Z', pulse)
    const converted = { ...weightOf('81.200', '2026-11-24T07:12:00Z', riverside), recorded: '179.0 lb' }
    expect(values(timelineOf([plain, converted, fine]))).toEqual(['81.20'])
  })
})

describe('F70 readings of another organization do not change the ones on screen', () => {
  const time = '2026-11-24T07:12:00Z'
  const mine = weightOf('81.2', time, riverside)
  const theirs = (value: string, number: number, step: number): Reading => ({
    ...weightOf(value, time, pulse),
    amounts: [{ number, step }],
  })

  it.each<[string, Reading[], Reading]>([
    ['a weight that is rough', [mine], theirs('100', 100, 1)],
    ['a weight of any number', [mine], theirs('100', 100, 100)],
    ['a weight within rounding', [mine], theirs('81', 81, 1)],
    ['a weight within rounding, finer', [weightOf('81', time, riverside)], theirs('81.49', 81.49, 0.01)],
    ['a weight for a bare day', [weightOf('81', '2026-11-24', riverside)], theirs('81.4', 81.4, 0.1)],
    [
      'no pressure at all',
      [pressureOf([128, 82], time, riverside)],
      {
        ...pressureOf([0, 0], time, pulse),
        amounts: [
          { number: 0, step: 1000 },
          { number: 0, step: 1000 },
        ],
      },
    ],
  ])('%s is a point of its own', (_what, own, other) => {
    for (const readings of [
      [...own, other],
      [other, ...own],
    ]) {
      const points = timelineOf(readings)
      expect(points.map(({ sources: [only, ...more] }) => [only?.name, more])).toEqual(
        expect.arrayContaining([
          ['Riverside Clinic', []],
          ['Pulse Devices', []],
        ]),
      )
      expect(points).toHaveLength(2)
    }
  })

  it('a day joins the moment of its own organization before an earlier one of another', () => {
    const own = [
      weightOf('81.2', '2026-11-24', riverside),
      weightOf('81.2', '2026-11-24T09:00:00Z', riverside),
    ]
    const rowsOf = (points: Point[]) =>
      points
        .map(({ readings }) =>
          readings.filter(({ source }) => source === riverside).map(({ taken }) => taken),
        )
        .filter((rows) => rows.length > 0)
    const joint = timelineOf([...own, weightOf('81.2', '2026-11-24T07:12:00Z', pulse)])
    expect(rowsOf(joint)).toEqual(rowsOf(timelineOf(own)))
  })

  it('a moment is shown as a day if the other organization holds only the day', () => {
    const [point] = timelineOf([weightOf('81.2', '2026-11-24', riverside), weightOf('81.2', time, pulse)])
    expect(point && holdersOf(point)).toEqual(['Riverside Clinic (24 Nov 2026)', 'Pulse Devices'])
  })

  it('a moment, or a day, that all of them hold is shown as it is', () => {
    const holders = (...readings: Reading[]) => timelineOf(readings).map(holdersOf)
    const both = [['Riverside Clinic', 'Pulse Devices']]
    expect(holders(mine, weightOf('81.2', time, pulse))).toEqual(both)
    expect(holders(weightOf('81.2', '2026-11-24', riverside), weightOf('81.2', '2026-11-24', pulse))).toEqual(
      both,
    )
  })
})

it('a reading has its time beside its day only if that day has another reading', () => {
  const readings = [
    weightOf('81.2', '2026-11-24T07:12:00Z', riverside),
    weightOf('81.9', '2026-11-24T19:30:00Z', riverside),
    weightOf('81.4', '2026-11-24', pulse),
    weightOf('81.5', '2026-11-23T07:00:00Z', riverside),
  ]
  expect(readings.map(timesOf(readings))).toEqual([
    expect.stringMatching(/^\d\d:12$/),
    expect.stringMatching(/^\d\d:30$/),
    undefined,
    undefined,
  ])
})

describe('different measurements', () => {
  it.each([
    ['another minute', weightOf('81.2', '2026-11-24T07:13:00Z', pulse)],
    ['another day', weightOf('81.2', '2026-11-25', pulse)],
    ['a month', weightOf('81.2', '2026-11', pulse)],
  ])('are two points: %s', (_what, other) => {
    expect(timelineOf([weightOf('81.2', '2026-11-24T07:12:00Z', riverside), other])).toHaveLength(2)
  })

  it('half of a blood pressure is not the whole of one, and does not contradict it', () => {
    const points = timelineOf([
      pressureOf([128, 82], '2026-11-24T07:12:00Z', riverside),
      pressureOf([128, null], '2026-11-24T07:12:00Z', pulse),
    ])
    expect(points.map(({ contradictedBy }) => contradictedBy)).toEqual([[], []])
  })

  it('another value for the same minute is shown beside it, and both say so', () => {
    const points = timelineOf([
      weightOf('81.2', '2026-11-24T07:12:00Z', riverside),
      weightOf('82.0', '2026-11-24T07:12:30Z', pulse),
    ])
    expect(points.map(({ sources, contradictedBy }) => [sources[0]?.name, contradictedBy[0]?.name])).toEqual([
      ['Pulse Devices', 'Riverside Clinic'],
      ['Riverside Clinic', 'Pulse Devices'],
    ])
  })

  it('the last decimal counts as a difference if both have it', () => {
    const points = timelineOf([
      weightOf('81.2', '2026-11-24T07:12:00Z', riverside),
      weightOf('81.3', '2026-11-24T07:12:00Z', pulse),
    ])
    expect(points.map(({ contradictedBy }) => contradictedBy.length)).toEqual([1, 1])
  })

  it.each([
    ['two of one organization', weightOf('82.0', '2026-11-24T07:12:00Z', riverside, 'b')],
    ['a day and a moment of it', weightOf('82.0', '2026-11-24', pulse)],
    ['an unknown unit', { ...weightOf('82.0', '2026-11-24T07:12:00Z', pulse), unit: 'jin', amounts: [] }],
  ])('are no disagreement: %s', (_what, other) => {
    const points = timelineOf([weightOf('81.2', '2026-11-24T07:12:00Z', riverside), other])
    expect(points.map(({ contradictedBy }) => contradictedBy)).toEqual([[], []])
  })
})

describe('any readings', () => {
  /** The same numbers each time, so that a failure can be repeated. */
  const randomFrom = (seed: number) => () => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32
    return seed / 2 ** 32
  }
  const some = (seed: number) => {
    const random = randomFrom(seed)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
    return Array.from({ length: 30 }, (_, index) =>
      weightOf(
        pick(['81', '81.2', '81.24', '81.3', '82']),
        pick([
          '2026-11-24',
          '2026-11-24T07:12:00Z',
          '2026-11-24T07:12:40Z',
          '2026-11-24T09:00:00-06:00',
          '2026-11-25',
          '2026-11',
        ]),
        pick([riverside, pulse]),
        String(index),
      ),
    )
  }
  const shuffled = <T>(list: T[], seed: number): T[] => {
    const random = randomFrom(seed)
    return list
      .map((each) => ({ each, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ each }) => each)
  }
  const seeds = Array.from({ length: 60 }, (_, index) => index + 1)

  it.each(seeds)('give the same points in whatever order they arrive (%i)', (seed) => {
    const readings = some(seed)
    expect(timelineOf(shuffled(readings, seed + 1))).toEqual(timelineOf(readings))
  })

  it.each(seeds)('are each in one point, newest first, and contradict each other both ways (%i)', (seed) => {
    const readings = some(seed)
    const points = timelineOf(readings)
    const ids = points.flatMap((point) => point.readings.map(({ id }) => id))
    expect(ids.toSorted()).toEqual(readings.map(({ id }) => id).toSorted())
    const times = points.map(({ time }) => time)
    expect(times).toEqual(times.toSorted((a, b) => b - a))
    const against = points.filter((point) => point.contradictedBy.length > 0)
    expect(against.length).not.toBe(1)
    for (const { sources, contradictedBy: others } of against)
      expect(
        against.some(
          (other) =>
            other.sources.some(({ name }) => others.some((each) => each.name === name)) &&
            other.contradictedBy.some(({ name }) => sources.some((each) => each.name === name)),
        ),
      ).toBe(true)
  })
})

it('three thousand readings of three organizations fold into a thousand', () => {
  const readings = [riverside, pulse, { ...pulse, connectionId: 'third', hue: 2 }].flatMap((source) =>
    Array.from({ length: 1000 }, (_, index) =>
      weightOf(
        '81.2',
        new Date(Date.UTC(2020, 0, 1) + index * 86_400_000).toISOString(),
        source,
        String(index),
      ),
    ),
  )
  expect(timelineOf(readings)).toHaveLength(1000)
})

it('F69 the work grows in proportion to the readings of one minute, equal or different', () => {
  const work = (count: number, kgOf: (index: number) => string) => {
    let looks = 0
    const readings = [riverside, pulse].flatMap((source) =>
      Array.from({ length: count }, (_, index) => {
        const { amounts, ...reading } = weightOf(kgOf(index), '2026-11-24T07:12:00Z', source, String(index))
        return Object.defineProperty(reading, 'amounts', {
          enumerable: true,
          get: () => {
            looks++
            return amounts
          },
        }) as Reading
      }),
    )
    timelineOf(readings)
    return looks
  }
  for (const kgOf of [() => '81.2', (index: number) => `${index}`]) {
    const [few = 0, more = 0, most = 0] = [100, 200, 400].map((count) => work(count, kgOf))
    expect(few).toBeGreaterThan(0)
    expect(most - more).toBe(2 * (more - few))
  }
})

describe('a date', () => {
  const now = Date.parse('2026-11-24T12:00:00Z')
  it.each([
    ['today', '2026-11-24T12:00:00Z', false],
    ['a day ahead, as time zones may have it', '2026-11-25T12:00:00Z', false],
    ['more than a day ahead', '2026-11-25T12:00:01Z', true],
    ['in another century', '2062-11-24', true],
  ])('%s', (_what, time, ahead) => {
    const [point] = timelineOf([weightOf('81.2', time, riverside)])
    expect(point && isAhead(point, now)).toBe(ahead)
  })
})
