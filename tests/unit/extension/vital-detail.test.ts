import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Reading, VitalName } from '../../../extension/messages/vitals.ts'
import { inSpanOf, newestOf, pastPointsOf } from '../../../extension/record/vitals/own-points.ts'
import { ReadingTable } from '../../../extension/record/vitals/reading-table.tsx'
import { timelineOf } from '../../../extension/record/vitals/timeline.ts'
import { adultsOf } from '../../../extension/record/vitals/timelines.tsx'
import type { VitalsAt } from '../../../extension/record/vitals/use-vitals.ts'
import { VitalDetail } from '../../../extension/record/vitals/vital-detail.tsx'
import { outlierWords } from '../../../extension/record/vitals/vital-words.ts'
import { pressureOf, pulse, riverside, weightOf } from '../../fixtures/readings.ts'

afterEach(() => {
  vi.useRealTimers()
})

const pressures = timelineOf([
  pressureOf([128, 82], '2026-11-24T07:12:00Z', riverside, 'a'),
  pressureOf([131, 85], '2026-11-23T07:12:00Z', riverside, 'b'),
])
const weights = timelineOf([
  weightOf('81.2', '2026-11-24T07:12:00Z', riverside, 'a'),
  weightOf('81.9', '2026-11-24T19:30:00Z', riverside, 'b'),
  weightOf('81.5', '2026-11-23T05:45:00Z', riverside, 'c'),
])
const detail = (kind: VitalName, points: typeof weights, isAdult: boolean) => {
  const adults = new Set(isAdult ? [riverside.connectionId] : [])
  const answers = [{ pending: false, value: { cut: false } }]
  return renderToString(h(VitalDetail, { kind, points, answers, isWhole: true, adults }))
}

const tableOf = (points: typeof weights) =>
  renderToString(h(ReadingTable, { name: 'Weight', points: inSpanOf(points, Number.NEGATIVE_INFINITY).all }))

describe('the shaded band', () => {
  it('is the named guideline’s, and only for the blood pressure of an adult', () => {
    const guideline = /European Society of Cardiology \(2024\)/
    expect(detail('bloodPressure', pressures, true)).toMatch(guideline)
    expect(detail('bloodPressure', pressures, false)).not.toMatch(guideline)
    expect(detail('weight', weights, true)).not.toMatch(guideline)
  })
})

it('the table has times beside the readings of a day that has two', () => {
  const rows = tableOf(weights).split('<tr>').slice(2)
  expect(rows.map((row) => /<span class="note quiet">(\d\d:\d\d)<\/span>/.exec(row)?.[1]?.slice(-2))).toEqual(
    ['30', '12', undefined],
  )
})

it('J55 a value that cannot be right is not the newest, and is named with its organization', () => {
  const points = timelineOf([
    pressureOf([999_999, 1], '2026-11-25T07:12:00Z', pulse, 'x'),
    pressureOf([128, 82], '2026-11-24T07:12:00Z', riverside, 'a'),
  ])
  expect(detail('bloodPressure', points, true)).toMatch(/<p class="value">128\/82/)
  expect(outlierWords(points.slice(0, 1))).toContain('999999/1 mmHg (25 Nov 2026, Pulse Devices)')
})

it('J55 one organization’s wrong values do not crowd out another’s', () => {
  const wrong = (at: number) => pressureOf([900, 80], `2026-11-25T07:1${at}:00Z`, pulse, `x${at}`)
  const own = pressureOf([901, 80], '2026-11-20T07:12:00Z', riverside, 'a')
  const words = outlierWords(timelineOf([wrong(1), wrong(2), wrong(3), wrong(4), own]))
  expect(words).toContain('901/80 mmHg (20 Nov 2026, Riverside Clinic)')
  expect(words.match(/900\/80/g)).toHaveLength(3)
})

describe('J55 another organization', () => {
  const honest = [
    weightOf('92.4', '2026-11-24', riverside, 'new'),
    weightOf('71.5', '2026-06-01', riverside, 'old'),
  ]
  /** A moment of the same day that is tomorrow here: the joined point is in the future. */
  const copy = weightOf('92.4', '2026-11-24T23:59:00-14:00', pulse, 'x')

  it('that joins a bare day takes the newest value from nobody', () => {
    vi.useFakeTimers({ now: new Date(2026, 10, 24, 1), toFake: ['Date'] })
    expect(detail('weight', timelineOf(honest), true)).toMatch(/<p class="value">92\.4/)
    expect(detail('weight', timelineOf([...honest, copy]), true)).toMatch(/<p class="value">92\.4/)
    const span = inSpanOf(timelineOf([...honest, copy]), Number.NEGATIVE_INFINITY)
    expect([span.all.length, span.past.length, span.ahead.length]).toEqual([2, 2, 1])
    expect(pastPointsOf([...honest, copy], Number.NEGATIVE_INFINITY)).toEqual(timelineOf(honest))
  })

  it('that dates its copy in the future has the word for that in the table, and nobody else has', () => {
    vi.useFakeTimers({ now: new Date(2026, 10, 24, 1), toFake: ['Date'] })
    const rowOf = (...readings: Reading[]) => tableOf(timelineOf(readings)).split('<tr>')[2] ?? ''
    const inTheFuture = 'in the future'
    const own = honest.slice(0, 1)
    expect(rowOf(...own)).not.toContain(inTheFuture)
    const [, ofRiverside = '', ofPulse = ''] = rowOf(...own, copy).split('class="named"')
    expect([ofRiverside, ofPulse].map((cell) => cell.includes(inTheFuture))).toEqual([false, true])
    const [head = '', ...sources] = rowOf(copy, { ...copy, source: riverside }).split('class="named"')
    expect(head, 'both say it').toContain(inTheFuture)
    expect(sources.join()).not.toContain(inTheFuture)
  })

  it('displaces no value by one that cannot be judged', () => {
    const unjudged = { ...weightOf('40', '2026-11-25T07:00:00Z', pulse, 'x'), unit: 'lost', amounts: [] }
    vi.useFakeTimers({ now: new Date('2026-11-25T12:00:00Z'), toFake: ['Date'] })
    expect(newestOf('weight', timelineOf([...honest, unjudged]))?.reading.value).toBe('92.4')
    expect(newestOf('weight', timelineOf([unjudged]))?.reading.value).toBe('40')
  })
})

describe('J55 an adult', () => {
  const at = (id: string, own: string | undefined, answered: string | undefined) =>
    ({
      connection: { id, ...(own !== undefined && { patient: { id: 'p', birthDate: own } }) },
      patient: 'p',
      ...(answered !== undefined && { value: { patient: { id: 'p', birthDate: answered } } }),
    }) as unknown as VitalsAt

  it('is one by the session of the same connection, not by a copy or another organization', () => {
    vi.useFakeTimers({ now: new Date('2026-11-25T12:00:00Z'), toFake: ['Date'] })
    expect([
      ...adultsOf([
        at('child', '2017-01-15', '1970-01-15'),
        at('adult', '1970-01-15', undefined),
        at('unknown', '', '1970-01-15'),
        at('searched', undefined, '1970-01-15'),
      ]),
    ]).toEqual(['adult', 'searched'])
  })
})
