import { describe, expect, it } from 'vitest'
import type { RecordEntry } from '../../../extension/messages/record-lists.ts'
import { foldEntries, type Row, seriesOf } from '../../../extension/popup/fold-entries.ts'
import { entryOf } from '../../fixtures/entries.ts'
import { pulse, riverside } from '../../fixtures/readings.ts'

const names = (rows: Row[]) => rows.map(({ entries: [first] }) => first.name)
const asthma = (change: Partial<RecordEntry> = {}) =>
  entryOf('Condition', 'Asthma', { codes: ['icd|J45'], date: '2019-03-04', ...change })
const atPulse = { source: pulse }

describe('what two organizations both hold', () => {
  it.each([
    ['by code and day', {}, {}],
    ['by code and day, where one keeps the time', {}, { date: '2019-03-04T09:00:00Z' }],
    ['by code, where both know only the month', { date: '2019-03' }, { date: '2019-03' }],
    ['by any of their codes', { codes: ['snomed|1', 'icd|J45'] }, { codes: ['icd|J45', 'other|2'] }],
    [
      'by identifier, whatever the day',
      { identifiers: ['a|7'] },
      { identifiers: ['a|7'], date: '2020-01-01', codes: [] },
    ],
  ])('is one row that names both: %s', (_how, one, other) => {
    const both = [asthma(one), asthma({ ...other, ...atPulse })]
    for (const entries of [both, both.toReversed()]) {
      const rows = foldEntries(entries)
      expect(rows).toHaveLength(1)
      expect(rows[0]?.sources).toEqual([riverside, pulse])
      expect(rows[0]?.entries).toHaveLength(2)
    }
  })

  it.each<[string, Partial<RecordEntry>]>([
    ['another day', { date: '2019-03-05' }],
    ['a day that is less precise', { date: '2019-03' }],
    ['another state', { state: 'resolved' }],
    ['another code', { codes: ['icd|J46'] }],
    ['another type', { type: 'AllergyIntolerance' }],
    ['another value', { value: { value: '5', unit: '%' } }],
    ['the same organization', { source: riverside, id: 'other' }],
  ])('is two rows with %s', (_what, change) => {
    expect(foldEntries([asthma(), asthma({ ...atPulse, ...change })])).toHaveLength(2)
  })

  it('is two rows where neither has a day', () => {
    const { date: _date, ...undated } = asthma()
    expect(foldEntries([undated, { ...undated, ...atPulse }])).toHaveLength(2)
  })
})

it('what holds now comes first, then the newest, whatever precision its date has, and last what has none', () => {
  const entries = [
    entryOf('Condition', 'undated'),
    entryOf('Condition', 'resolved lately', { state: 'resolved', date: '2026-01-01' }),
    entryOf('Condition', 'year', { date: '2019' }),
    entryOf('Condition', 'ruled out', { state: 'refuted' }),
    entryOf('Condition', 'month', { date: '2019-03' }),
    entryOf('Condition', 'moment', { date: '2020-05-01T10:00:00Z' }),
    entryOf('Condition', 'of no known state', { state: '', date: '2018-02-03' }),
  ]
  const expected = ['moment', 'month', 'year', 'of no known state', 'undated', 'resolved lately', 'ruled out']
  expect(names(foldEntries(entries))).toEqual(expected)
  expect(names(foldEntries(entries.toReversed()))).toEqual(expected)
})

describe('results', () => {
  const result = (id: string, date: string, change: Partial<RecordEntry> = {}) =>
    entryOf('Observation', 'Hemoglobin', {
      id,
      date,
      state: '',
      codes: ['http://loinc.org|718-7'],
      ...change,
    })

  it('of one test stand as one, the newest first, of both organizations', () => {
    const rows = foldEntries([
      result('old', '2024-01-01'),
      result('new', '2026-01-01'),
      result('other', '2025-01-01', { name: 'HGB', ...atPulse }),
      result('another', '2025-06-01', { name: 'LDL', codes: ['http://loinc.org|13457-7'] }),
    ])
    const ids = ({ entries: [first] }: Row) => first.id
    expect(seriesOf(rows).map(({ newest, earlier }) => [ids(newest), earlier.map(ids)])).toEqual([
      ['new', ['other', 'old']],
      ['another', []],
    ])
  })

  it('without a code are one test by their name', () => {
    const rows = foldEntries([
      result('a', '2026-01-01', { codes: [] }),
      result('b', '2025-01-01', { codes: [], name: 'HEMOGLOBIN' }),
      result('c', '2025-01-01', { codes: [], name: 'Iron' }),
    ])
    expect(seriesOf(rows)).toHaveLength(2)
  })
})
