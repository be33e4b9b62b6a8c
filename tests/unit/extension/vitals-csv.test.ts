import { describe, expect, it } from 'vitest'
import type { Reading, Vitals } from '../../../extension/messages/vitals.ts'
import type { VitalsAt } from '../../../extension/record/vitals/use-vitals.ts'
import { missingVitals } from '../../../extension/summary/missing-parts.ts'
import { vitalsCsv } from '../../../extension/summary/vitals-csv.ts'
import { connectionWith } from '../../fixtures/connection.ts'

const reading = (given: Partial<Reading>): Reading => ({
  id: '1',
  taken: '2026-01-02T08:00:00Z',
  value: '128/82',
  unit: 'mmHg',
  amounts: [],
  source: { connectionId: 'c', name: 'Riverside Clinic', host: 'records.example', hue: 0 },
  ...given,
})
const rows = (bloodPressure: Reading[], weight: Reading[] = []) =>
  vitalsCsv([{ bloodPressure, weight }], []).split('\r\n').slice(1, -1)

describe('vital signs as CSV', () => {
  it('have their units in the column names, and are in chronological order', () => {
    const csv = vitalsCsv(
      [
        { bloodPressure: [reading({})], weight: [] },
        {
          bloodPressure: [],
          weight: [reading({ id: '2', taken: '2025-12-31', value: '81.20', unit: 'kg' })],
        },
      ],
      [],
    )
    expect(csv).toBe(
      '\uFEFF"taken","organization","host","systolic (mmHg)","diastolic (mmHg)","weight (kg)","as recorded","resource"\r\n' +
        '"2025-12-31","Riverside Clinic","records.example","","","81.20","","Observation/2"\r\n' +
        '"2026-01-02T08:00:00Z","Riverside Clinic","records.example","128","82","","","Observation/1"\r\n',
    )
  })

  it('have a column for each other kind that exists', () => {
    const csv = vitalsCsv(
      [
        {
          bloodPressure: [],
          weight: [],
          heartRate: [reading({ value: '72', unit: '/min' })],
          bmi: [reading({ id: '2', value: '27.4', unit: 'kg/m²', recorded: '27.36 kg/m2' })],
        },
        { bloodPressure: [], weight: [], temperature: [] },
      ],
      [],
    )
    expect(csv.split('\r\n').map((line) => line.split(',').slice(3))).toEqual([
      ...[
        [
          'systolic (mmHg)',
          'diastolic (mmHg)',
          'weight (kg)',
          'pulse (/min)',
          'BMI (kg/m²)',
          'as recorded',
          'resource',
        ],
        ['', '', '', '72', '', '', 'Observation/1'],
        ['', '', '', '', '27.4', '27.36 kg/m2', 'Observation/2'],
      ].map((cells) => cells.map((cell) => `"${cell}"`)),
      [],
    ])
  })

  it('contain the recorded value if it was converted, lacks one of its numbers, or is not a number', () => {
    const cells = (given: Partial<Reading>) =>
      rows([reading(given)])[0]
        ?.split(',')
        .slice(3, 7)
    expect(cells({ recorded: '17.1/10.9 kPa' })).toEqual(['"128"', '"82"', '""', '"17.1/10.9 kPa"'])
    expect(cells({ value: '128/–' })).toEqual(['"128"', '""', '""', '""'])
    expect(cells({ value: '<90/60' })).toEqual(['""', '""', '""', '"<90/60 mmHg"'])
    expect(cells({ value: '12/8', unit: 'foo' })).toEqual(['""', '""', '""', '"12/8 foo"'])
    const [weight] = rows([], [reading({ value: '12', unit: 'stone' })])
    expect(weight?.split(',').slice(3, 7)).toEqual(['""', '""', '""', '"12 stone"'])
  })

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t1', '  =cmd|x', '＝1', '|x', '%x'])(
    '%j of an organization is never a formula',
    (name) => {
      const source = { connectionId: 'c', name, host: 'records.example', hue: 0 }
      const [line] = rows([reading({ source })])
      expect(line).toContain(`,"'${name}",`)
    },
  )

  it('keep quotes, commas and line breaks inside a cell', () => {
    const source = { connectionId: 'c', name: 'A "B", C\nD', host: 'records.example', hue: 0 }
    expect(vitalsCsv([{ bloodPressure: [reading({ source })], weight: [] }], [])).toContain('"A ""B"", C\nD"')
  })

  it('say what they lack, as the page does', () => {
    const at = (name: string, more: Partial<VitalsAt> = {}): VitalsAt => ({
      ...{ connection: connectionWith(name), patient: 'p', pending: false, retry: () => undefined },
      ...more,
    })
    const value = {
      bloodPressure: [],
      weight: [],
      cut: false,
      readAt: 0,
      patient: { id: 'p' },
    } as unknown as Vitals
    const withheld = connectionWith('D', { can: { ...connectionWith('D').can, readVitals: false } })
    expect(missingVitals([at('A', { value })], [])).toEqual([])
    const limited = connectionWith('A', { can: { ...withheld.can, readVitals: true, limited: ['vitals'] } })
    expect(missingVitals([at('A', { value, connection: limited })], [])).toEqual([
      'Only a part of this is in the file, because A shares no more of it with Carekey: vital signs.',
    ])
    expect(
      missingVitals(
        [
          at('A', { value: { ...value, cut: true, omitted: 2, warning: { code: 'list-incomplete' } } }),
          at('B', { value: { ...value, copyBecause: { code: 'unreachable' } } }),
          at('C', { problem: { code: 'server-failed' } }),
          at('D', { connection: withheld }),
        ],
        [connectionWith('E', { signedIn: false }), connectionWith('F')],
      ),
    ).toEqual([
      expect.stringMatching(/^A has more readings than Carekey loads\..* A says that there is more/),
      expect.stringMatching(/^A: 2 entries are left out/),
      expect.stringMatching(/^B cannot be reached.* Last read /),
      expect.stringMatching(/^Not in the file from C: vital signs\./),
      expect.stringMatching(/not shared with Carekey at D: vital signs\./),
      expect.stringMatching(/^Not included: E, because you are signed out there/),
      expect.stringMatching(/^Not included: F, because the name and birth date/),
    ])
    expect(vitalsCsv([value], ['Not included: E.']).split('\r\n').at(-2)).toMatch(/,"Not included: E\."$/)
  })
})
