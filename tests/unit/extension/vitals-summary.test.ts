import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import type { Vitals } from '../../../extension/messages/vitals.ts'
import { identifierWords } from '../../../extension/record/person.ts'
import { VitalsSummary } from '../../../extension/summary/vitals-summary.tsx'
import { pressureOf, riverside, weightOf } from '../../fixtures/readings.ts'

const at = (month: number) => `2025-0${month}-12T08:00:00Z`

it('the summary has one line for each vital sign: the latest value, and the range of all', () => {
  const bloodPressure = [
    pressureOf([128, 82], at(9), riverside, 'c'),
    pressureOf([141, 75], at(5), riverside, 'b'),
    pressureOf([119, null], at(2), riverside, 'a'),
  ]
  const vitals = { bloodPressure, weight: [weightOf('81.2', at(3), riverside)], cut: false, readAt: 0 }
  const text = renderToString(h(VitalsSummary, { vitals: vitals as unknown as Vitals }))
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
  expect(text.match(/mmHg/g)).toHaveLength(3)
  expect(text).toContain('128/82 mmHg · 12 Sept 2025')
  expect(text).toContain('3 readings since 12 Feb 2025: systolic 119–141 mmHg and diastolic 75–82 mmHg')
  expect(text).toContain('81.2 kg · 12 Mar 2025')
})

it('an identifier that has only a code as its label is named in words', () => {
  expect(identifierWords({ label: 'MR', value: '112130' })).toBe('Record number 112130')
  expect(identifierWords({ label: 'Passport', value: '9' })).toBe('Passport 9')
})
