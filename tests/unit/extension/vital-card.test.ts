import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, it } from 'vitest'
import type { VitalName } from '../../../extension/messages/vitals.ts'
import { outlierWords } from '../../../extension/record/outlier-words.ts'
import { timelineOf } from '../../../extension/record/timeline.ts'
import { VitalCard } from '../../../extension/record/vital-card.tsx'
import { pressureOf, pulse, riverside, weightOf } from '../../fixtures/readings.ts'

const pressures = timelineOf([
  pressureOf([128, 82], '2026-11-24T07:12:00Z', riverside, 'a'),
  pressureOf([131, 85], '2026-11-23T07:12:00Z', riverside, 'b'),
])
const weights = timelineOf([
  weightOf('81.2', '2026-11-24T07:12:00Z', riverside, 'a'),
  weightOf('81.9', '2026-11-24T19:30:00Z', riverside, 'b'),
  weightOf('81.5', '2026-11-23T05:45:00Z', riverside, 'c'),
])
const card = (kind: VitalName, points: typeof weights, isAdult: boolean) =>
  renderToString(h(VitalCard, { kind, points, span: 'all', begin: Number.NEGATIVE_INFINITY, isAdult }))

describe('the shaded band', () => {
  it('is the named guideline’s, and only for the blood pressure of an adult', () => {
    const guideline = /European Society of Cardiology \(2024\)/
    expect(card('bloodPressure', pressures, true)).toMatch(guideline)
    expect(card('bloodPressure', pressures, false)).not.toMatch(guideline)
    expect(card('weight', weights, true)).not.toMatch(guideline)
  })
})

it('the table has times beside the readings of a day that has two', () => {
  const [, table = ''] = card('weight', weights, true).split('<table')
  const rows = table.split('<tr>').slice(2)
  expect(rows.map((row) => /<span class="note quiet">(\d\d:\d\d)<\/span>/.exec(row)?.[1]?.slice(-2))).toEqual(
    ['30', '12', undefined],
  )
})

it('J55 a value that cannot be right is not the newest, and is named with its organization', () => {
  const points = timelineOf([
    pressureOf([999_999, 1], '2026-11-25T07:12:00Z', pulse, 'x'),
    pressureOf([128, 82], '2026-11-24T07:12:00Z', riverside, 'a'),
  ])
  expect(card('bloodPressure', points, true)).toMatch(/<p class="value">128\/82/)
  expect(outlierWords(points.slice(0, 1))).toContain('999999/1 mmHg (25 Nov 2026, Pulse Devices)')
})
