import { describe, expect, it, vi } from 'vitest'
import { cutMark, type RecordEntry } from '../../../extension/messages/record-lists.ts'
import type { Source } from '../../../extension/messages/vitals.ts'
import { firstOfEach } from '../../../extension/record/first-of-each.ts'
import { type FoldedEntry, foldEntries, seriesOf } from '../../../extension/record/lists/fold-entries.ts'
import { entryOf } from '../../fixtures/entries.ts'
import { pulse, riverside } from '../../fixtures/readings.ts'

const names = (rows: FoldedEntry[]) => rows.map(({ entries: [first] }) => first.name)
const asthma = (change: Partial<RecordEntry> = {}) =>
  entryOf('Condition', 'Asthma', { codes: ['icd|J45'], date: '2019-03-04', ...change })
const atPulse = { source: pulse }

describe('an entry that two organizations both hold', () => {
  it.each<[string, Partial<RecordEntry>, Partial<RecordEntry>]>([
    ['by code and day', {}, {}],
    ['by code and day, if only one has the time', {}, { date: '2019-03-04T09:00:00Z' }],
    ['by code, if both have only the month', { date: '2019-03' }, { date: '2019-03' }],
    ['by any of their codes', { codes: ['snomed|1', 'icd|J45'] }, { codes: ['icd|J45', 'other|2'] }],
    [
      'and its severity',
      { details: [{ what: 'severity', text: 'Severe' }] },
      {
        details: [
          { what: 'by', text: 'Dr. Who' },
          { what: 'severity', text: 'Severe' },
        ],
      },
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
    ['another name', { name: 'Mild asthma' }],
    ['the name in other letters', { name: 'ASTHMA' }],
    ['another time in words', { dateSaid: 'in childhood' }],
    ['another age', { age: '34 a' }],
    ['the same day as recorded, which is another one here', { date: '2019-03-04T00:30:00+14:00' }],
    ['no code', { codes: [] }],
    ['the same organization', { source: riverside, id: 'other' }],
  ])('is two rows with %s', (_what, change) => {
    expect(foldEntries([asthma(), asthma({ ...atPulse, ...change })])).toHaveLength(2)
  })

  it('is two rows with a name or part that is cut, because the rest may differ', () => {
    for (const change of [
      { name: `Asthma${cutMark}` },
      { details: [{ what: 'part' as const, text: `Lung${cutMark}` }] },
    ])
      expect(foldEntries([asthma(change), asthma({ ...atPulse, ...change })])).toHaveLength(2)
  })

  it('J55 is not joined to another one by an entry of a third organization that has the codes of both', () => {
    const [one, other] = [asthma({ codes: ['icd|E10'] }), asthma({ ...atPulse, codes: ['icd|E11'] })]
    const hostile = asthma({
      source: { ...riverside, connectionId: 'third', hue: -1 },
      codes: ['icd|E10', 'icd|E11'],
    })
    for (const entries of [
      [hostile, one, other],
      [one, hostile, other],
      [one, other, hostile],
    ]) {
      const together = foldEntries(entries).filter(
        (row) => row.entries.includes(one) && row.entries.includes(other),
      )
      expect(together).toEqual([])
    }
  })

  it('is two rows if neither has a day', () => {
    const { date: _date, ...undated } = asthma()
    expect(foldEntries([undated, { ...undated, ...atPulse }])).toHaveLength(2)
  })
})

it('current entries come first, then the newest, whatever precision their dates have, and last those without a date', () => {
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

describe('F70 entries of another organization do not change the ones on screen', () => {
  const severe = { details: [{ what: 'severity', text: 'severe' }] } as const
  const high = { value: '6.8', unit: 'mmol/L', range: '3.5 – 5.1', flag: 'very_high' } as const
  const allergy = (change: Partial<RecordEntry> = {}) =>
    entryOf('AllergyIntolerance', 'penicillin G', { codes: ['rxnorm|7980'], date: '2019-03-04', ...change })
  const potassium = (change: Partial<RecordEntry> = {}) =>
    entryOf('Observation', 'Potassium', {
      codes: ['http://loinc.org|2823-3'],
      date: '2026-11-01',
      state: '',
      value: high,
      ...change,
    })

  const longName = 'Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation'

  it.each<[string, RecordEntry, RecordEntry]>([
    [
      'a milder allergy',
      allergy({ details: [...severe.details] }),
      allergy({ details: [{ what: 'severity', text: 'mild' }] }),
    ],
    ['an allergy without its severity', allergy({ details: [...severe.details] }), allergy()],
    [
      'a lower risk',
      allergy({ details: [{ what: 'criticality', text: 'high' }] }),
      allergy({ details: [{ what: 'criticality', text: 'low' }] }),
    ],
    ['a doubt', allergy(), allergy({ details: [{ what: 'verification', text: 'unconfirmed' }] })],
    ['another name', allergy(), allergy({ name: 'zinc' })],
    ['a lost flag', potassium(), potassium({ value: { value: '6.8', unit: 'mmol/L', range: '3.5 – 5.1' } })],
    ['a weaker flag', potassium(), potassium({ value: { ...high, flag: 'abnormal' } })],
    ['a wider range', potassium(), potassium({ value: { ...high, range: '3.5 – 9.9' } })],
    ['another unit', potassium(), potassium({ value: { ...high, unit: 'mg/dL' } })],
    [
      'a code that gives the same long name another plain one',
      potassium({ name: longName, codes: ['http://loinc.org|13457-7'] }),
      potassium({ name: longName, codes: ['http://loinc.org|2085-9', 'http://loinc.org|13457-7'] }),
    ],
  ])('%s is shown beside it, under its own name', (_what, one, other) => {
    const theirs = { ...other, ...atPulse }
    for (const entries of [
      [one, theirs],
      [theirs, one],
    ])
      expect(
        foldEntries(entries).map(({ sources: [only, ...more], entries: [first] }) => [only, more, first]),
      ).toEqual([
        [riverside, [], one],
        [pulse, [], theirs],
      ])
  })

  it("a newer result never moves another organization's result below it", () => {
    const theirs = potassium({
      name: 'Water',
      date: '2026-11-20',
      value: { value: '1', unit: '' },
      ...atPulse,
    })
    const series = seriesOf(foldEntries([potassium(), theirs]))
    expect(series.map(({ newest, earlier }) => [newest.entries[0].name, earlier])).toEqual([
      ['Water', []],
      ['Potassium', []],
    ])
  })

  it.each([
    ['first', riverside, pulse],
    ['last', pulse, riverside],
  ])(
    "an organization that was added %s puts another one's results beneath no other test",
    (_when, theirs, own) => {
      const sodium = potassium({ name: 'Sodium', codes: ['http://loinc.org|2951-2'], date: '2026-10-31' })
      const both = { ...sodium, codes: [...sodium.codes, ...potassium().codes] }
      const honest = [potassium(), sodium].map((entry) => ({ ...entry, source: own }))
      const copies = [potassium(), both].map((entry) => ({ ...entry, source: theirs }))
      const shown = (entries: RecordEntry[]) =>
        seriesOf(foldEntries(entries))
          .filter(({ newest, earlier }) => [newest, ...earlier].some(({ sources }) => sources.includes(own)))
          .map(({ newest, earlier }) => [names([newest]), names(earlier), newest.sources.length])
      expect(shown([...copies, ...honest])).toEqual(shown(honest))
    },
  )

  it("another hour of a copy does not reorder another organization's earlier results", () => {
    const at = (hour: string, value: string, source: Source) =>
      potassium({ id: value, date: `2026-11-01T${hour}:00:00Z`, value: { value, unit: '' }, source })
    const honest = [at('11', '1', pulse), at('10', '2', pulse), at('09', '3', pulse)]
    const copies = [at('11', '1', riverside), at('09', '2', riverside), at('10', '3', riverside)]
    const shown = seriesOf(foldEntries([...copies, ...honest]))
      .filter(({ newest }) => newest.sources.includes(pulse))
      .map(({ newest, earlier }) => [newest, ...earlier].map(({ entries: [{ id }] }) => id))
    expect(shown).toEqual([['1', '2', '3']])
  })

  it('a copy of the newest result moves no row, and joins no test that is another one there', () => {
    const earlier = potassium({ id: 'earlier', date: '2026-01-01' })
    const newer = potassium({ id: 'newer', date: '2026-12-01', value: { value: '4', unit: '' } })
    const copy = { id: 'a', ...atPulse }
    const rows = foldEntries([potassium(), potassium(copy), { ...newer, ...copy }, earlier])
    const namesOf = ({ sources }: FoldedEntry) => sources.map(({ name }) => name)
    expect(
      seriesOf(rows).map(({ newest, earlier: before }) => [namesOf(newest), before.map(namesOf)]),
    ).toEqual([
      [['Pulse Devices'], [['Pulse Devices']]],
      [['Riverside Clinic'], [['Riverside Clinic']]],
    ])
  })

  /** The rows that a list shows of one organization before anything is opened. */
  const inSight = (entries: RecordEntry[], source: Source, count = 12) =>
    firstOfEach(
      seriesOf(foldEntries(entries)).map((series) => ({ ...series, sources: series.newest.sources })),
      count,
    )
      .flatMap(({ newest }) => newest.entries)
      .filter((entry) => entry.source === source)
      .map(({ id }) => id)

  describe.each([
    ['first', riverside, pulse],
    ['last', pulse, riverside],
  ])('by an organization that was added %s', (_when, theirs, own) => {
    const critical = potassium({ id: 'critical', source: own, date: '2026-11-01T15:00:00Z' })

    it('a copy of a critical result, with a newer result before it, leaves the critical one in sight', () => {
      const copy = potassium({ id: 'copy', source: theirs })
      const newer = potassium({
        id: 'newer',
        source: theirs,
        date: '2026-11-02',
        value: { value: '4', unit: '' },
      })
      expect(inSight([critical, copy, newer], own)).toEqual(['critical'])
    })

    it('a copy with an earlier hour moves nothing in front of a critical result of that day', () => {
      const morning = potassium({
        id: 'morning',
        source: own,
        date: '2026-11-01T09:00:00Z',
        value: { value: '4', unit: '' },
      })
      const copy = potassium({ id: 'copy', source: theirs, date: '2026-11-01T00:00:00Z' })
      expect(inSight([critical, morning, copy], own)).toEqual(['critical'])
    })

    const others = Array.from({ length: 3 }, (_, index) =>
      entryOf('Observation', `test ${index}`, {
        codes: [`s|${index}`],
        date: '2026-11-01T15:00:00Z',
        source: own,
      }),
    )

    it('copies with a later hour take no room from a critical one', () => {
      const copies = others.map((entry) => ({ ...entry, source: theirs, date: '2026-11-01T23:59:59Z' }))
      expect(inSight([critical, ...others, ...copies], own, 1)).toContain('critical')
    })

    it('copies of earlier results take no room from a critical one', () => {
      const before = others.map((entry) => ({ ...entry, id: `before ${entry.id}`, date: '2026-10-31' }))
      const copies = before.map((entry) => ({ ...entry, source: theirs }))
      const oldest = { ...critical, date: '2026-10-01' }
      expect(inSight([oldest, ...others, ...before, ...copies], own, 4)).toContain('critical')
    })

    it('results of one test at both organizations are one series', () => {
      const earlier = potassium({ id: 'earlier', date: '2026-01-01' })
      const both = [riverside, pulse].flatMap((source) => [
        { ...potassium(), source },
        { ...earlier, source },
      ])
      expect(seriesOf(foldEntries(both))).toMatchObject([
        { newest: { sources: [riverside, pulse] }, earlier: [{ sources: [riverside, pulse] }] },
      ])
    })
  })
})

describe('F69 the work grows no faster than the entries', () => {
  /** Counts how often codes, and rows with codes, are looked at. */
  const counting = (codes: string[], count: { looks: number }): string[] =>
    new Proxy(codes, {
      get: (target, member) => {
        if (typeof member === 'string' && /^\d+$/.test(member)) count.looks++
        return Reflect.get(target, member)
      },
    })
  const work = (entries: number, codes: number, both: boolean) => {
    const count = { looks: 0 }
    const shared = Array.from({ length: codes }, (_, code) => `s|${code}`)
    const list = [riverside, pulse].flatMap((source) =>
      Array.from({ length: entries }, (_, index) =>
        entryOf('Observation', both ? 'alike' : `test ${index}`, {
          id: String(index),
          date: '2026-01-01',
          codes: counting(shared, count),
          source,
        }),
      ),
    )
    const spy = vi.spyOn(Set.prototype, 'has')
    const rows = foldEntries(list)
    seriesOf(rows)
    const looks = count.looks + spy.mock.calls.length
    spy.mockRestore()
    expect(rows).toHaveLength(entries)
    return looks
  }

  it.each([
    ['that are alike', true],
    ['of as many tests', false],
  ])('twice as many additional entries %s take twice as many additional comparisons', (_what, both) => {
    const [few = 0, more = 0, most = 0] = [50, 100, 200].map((entries) => work(entries, 20, both))
    expect(few).toBeGreaterThan(0)
    expect(most - more).toBe(2 * (more - few))
  })
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

  it('of one test at one organization are grouped, the newest first', () => {
    const rows = foldEntries([
      result('old', '2024-01-01'),
      result('new', '2026-01-01'),
      result('other', '2025-01-01', { name: 'HGB', ...atPulse }),
      result('another', '2025-06-01', { name: 'LDL', codes: ['http://loinc.org|13457-7'] }),
    ])
    const ids = ({ entries: [first] }: FoldedEntry) => first.id
    expect(seriesOf(rows).map(({ newest, earlier }) => [ids(newest), earlier.map(ids)])).toEqual([
      ['new', ['old']],
      ['another', []],
      ['other', []],
    ])
  })

  it('without a code are one test if they have the same name', () => {
    const rows = foldEntries([
      result('a', '2026-01-01', { codes: [] }),
      result('b', '2025-01-01', { codes: [], name: 'HEMOGLOBIN' }),
      result('c', '2025-01-01', { codes: [], name: 'Iron' }),
    ])
    expect(seriesOf(rows)).toHaveLength(2)
  })
})

it('an order not to take a medication counts as past once it has ended', () => {
  const isPast = (state: string) =>
    foldEntries([entryOf('MedicationRequest', 'Aspirin', { state })])[0]?.isPast
  const states = ['do-not-take', 'do-not-take on-hold', 'do-not-take completed']
  expect(states.map(isPast)).toEqual([false, false, true])
})
