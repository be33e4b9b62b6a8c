import { describe, expect, it } from 'vitest'
import { isAhead, type Point, timelineOf } from '../../../extension/popup/timeline.ts'
import { pressureOf, pulse, riverside, weightOf } from '../../fixtures/readings.ts'

const values = (points: Point[]) => points.map(({ reading }) => reading.value)
const names = (point: Point | undefined) => point?.sources.map(({ name }) => name)

describe('what two organizations hold of one measurement', () => {
  it('is one point that names both', () => {
    const points = timelineOf([
      weightOf('81.2', '2026-11-24T07:12:00-06:00', riverside),
      weightOf('81.2', '2026-11-24T13:12:00Z', pulse),
    ])
    expect(points).toHaveLength(1)
    expect(names(points[0])).toEqual(['Riverside Clinic', 'Pulse Devices'])
    expect(points[0]?.against).toEqual([])
  })

  it('is one though one of them keeps no seconds', () => {
    expect(
      timelineOf([
        pressureOf([128, 82], '2026-11-24T07:12:41Z', riverside),
        pressureOf([128, 82], '2026-11-24T07:12:00Z', pulse),
      ]),
    ).toHaveLength(1)
  })

  it('is one though one of them knows only the day, and bears the moment', () => {
    const points = timelineOf([
      weightOf('81.2', '2026-11-24', riverside),
      weightOf('81.2', '2026-11-24T07:12:00-06:00', pulse),
    ])
    expect(points.map(({ reading }) => reading.taken)).toEqual(['2026-11-24T07:12:00-06:00'])
  })

  it.each([
    ['81.2 kg', '179.0 lb', 81.2, 0.1, 179 * 0.45359237, 0.045359237],
    ['81 kg', '81.2 kg', 81, 1, 81.2, 0.1],
    ['81 kg', '81.5 kg', 81, 1, 81.5, 0.1],
  ])('is one within rounding: %s and %s', (_one, _other, a, stepA, b, stepB) => {
    const one = {
      ...weightOf('81', '2026-11-24T07:12:00Z', riverside),
      amounts: [{ number: a, step: stepA }],
    }
    const other = { ...weightOf('81', '2026-11-24T07:12:00Z', pulse), amounts: [{ number: b, step: stepB }] }
    expect(timelineOf([one, other])).toHaveLength(1)
  })

  it('is shown as whoever recorded it most precisely, converted by nobody', () => {
    const rough = weightOf('81', '2026-11-24T07:12:00Z', riverside)
    const fine = weightOf('81.2', '2026-11-24T07:12:00Z', pulse)
    const converted = { ...weightOf('81.20', '2026-11-24T07:12:00Z', riverside), recorded: '179.0 lb' }
    expect(values(timelineOf([rough, converted, fine]))).toEqual(['81.2'])
  })

  it('is one by its identifier, though the clocks differ', () => {
    const name = { identifiers: ['http://pulse.example/reading|7'] }
    const points = timelineOf([
      { ...weightOf('81.2', '2026-11-24T07:12:00Z', riverside), ...name },
      { ...weightOf('81.2', '2026-11-24T13:12:00Z', pulse), ...name },
    ])
    expect(points).toHaveLength(1)
  })
})

describe('what is not the same', () => {
  it.each([
    ['another minute', weightOf('81.2', '2026-11-24T07:13:00Z', pulse)],
    ['another day', weightOf('81.2', '2026-11-25', pulse)],
    ['a month', weightOf('81.2', '2026-11', pulse)],
  ])('is two points: %s', (_what, other) => {
    expect(timelineOf([weightOf('81.2', '2026-11-24T07:12:00Z', riverside), other])).toHaveLength(2)
  })

  it('half a blood pressure is not the whole of one, and does not contradict it', () => {
    const points = timelineOf([
      pressureOf([128, 82], '2026-11-24T07:12:00Z', riverside),
      pressureOf([128, null], '2026-11-24T07:12:00Z', pulse),
    ])
    expect(points.map(({ against }) => against)).toEqual([[], []])
  })

  it('an identifier that comes again every day pulls nothing together', () => {
    const scale = { identifiers: ['http://pulse.example/scale|1'] }
    const points = timelineOf([
      { ...weightOf('81.2', '2026-11-20T07:12:00Z', riverside), ...scale },
      { ...weightOf('81.2', '2026-11-24T07:12:00Z', pulse), ...scale },
    ])
    expect(points).toHaveLength(2)
  })

  it('another value for the same minute is shown beside it, and both say so', () => {
    const points = timelineOf([
      weightOf('81.2', '2026-11-24T07:12:00Z', riverside),
      weightOf('82.0', '2026-11-24T07:12:30Z', pulse),
    ])
    expect(points.map(({ sources, against }) => [sources[0]?.name, against[0]?.name])).toEqual([
      ['Pulse Devices', 'Riverside Clinic'],
      ['Riverside Clinic', 'Pulse Devices'],
    ])
  })

  it('the last decimal is a difference where both have it', () => {
    const points = timelineOf([
      weightOf('81.2', '2026-11-24T07:12:00Z', riverside),
      weightOf('81.3', '2026-11-24T07:12:00Z', pulse),
    ])
    expect(points.map(({ against }) => against.length)).toEqual([1, 1])
  })

  it.each([
    ['two of one organization', weightOf('82.0', '2026-11-24T07:12:00Z', riverside, 'b')],
    ['a day and a moment of it', weightOf('82.0', '2026-11-24', pulse)],
    ['an unknown unit', { ...weightOf('82.0', '2026-11-24T07:12:00Z', pulse), unit: 'jin', amounts: [] }],
  ])('is no disagreement: %s', (_what, other) => {
    const points = timelineOf([weightOf('81.2', '2026-11-24T07:12:00Z', riverside), other])
    expect(points.map(({ against }) => against)).toEqual([[], []])
  })
})

describe('any readings', () => {
  /** The same numbers each time: a test that fails, fails again. */
  const randomFrom = (seed: number) => () => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32
    return seed / 2 ** 32
  }
  const some = (seed: number) => {
    const random = randomFrom(seed)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
    return Array.from({ length: 30 }, (_, index) => ({
      ...weightOf(
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
      identifiers: random() < 0.2 ? ['s|1'] : [],
    }))
  }
  const shuffled = <T>(list: T[], seed: number): T[] => {
    const random = randomFrom(seed)
    return list
      .map((each) => ({ each, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ each }) => each)
  }
  const seeds = Array.from({ length: 60 }, (_, index) => index + 1)

  it.each(seeds)('give the same points in whatever order they came (%i)', (seed) => {
    const readings = some(seed)
    expect(timelineOf(shuffled(readings, seed + 1))).toEqual(timelineOf(readings))
  })

  it.each(seeds)('are each in one point, newest first, and disagree both ways (%i)', (seed) => {
    const readings = some(seed)
    const points = timelineOf(readings)
    const ids = points.flatMap((point) => point.readings.map(({ id }) => id))
    expect(ids.toSorted()).toEqual(readings.map(({ id }) => id).toSorted())
    const times = points.map(({ time }) => time)
    expect(times).toEqual(times.toSorted((a, b) => b - a))
    const against = points.filter((point) => point.against.length > 0)
    expect(against.length).not.toBe(1)
    for (const { sources, against: others } of against)
      expect(
        against.some(
          (other) =>
            other.sources.some(({ name }) => others.some((each) => each.name === name)) &&
            other.against.some(({ name }) => sources.some((each) => each.name === name)),
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

describe('a date', () => {
  const now = Date.parse('2026-11-24T12:00:00Z')
  it.each([
    ['today', '2026-11-24T12:00:00Z', false],
    ['a day ahead, as time zones may have it', '2026-11-25T12:00:00Z', false],
    ['more than a day ahead', '2026-11-25T12:00:01Z', true],
    ['in another century', '2062-11-24', true],
  ])('%s', (_what, taken, ahead) => {
    const [point] = timelineOf([weightOf('81.2', taken, riverside)])
    expect(point && isAhead(point, now)).toBe(ahead)
  })
})
