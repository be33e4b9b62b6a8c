import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RecordList, type RecordType, recordTypes } from '../../../extension/messages/record-lists.ts'
import { valueWords } from '../../../extension/record/lists/entry-words.ts'
import { foldEntries, seriesOf } from '../../../extension/record/lists/fold-entries.ts'
import { entriesOf, missingResultsOf } from '../../../extension/record/lists/use-record-list.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { clearBrowser, configure, createWorker, type Person, signInAs } from '../../fixtures/worker.ts'

let riverside: TestOrganization

beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(clearBrowser)

const signedIn = async (username: string, window: Person['window'] = 'hour') => {
  const worker = createWorker()
  const person = { username, window }
  const { id, patient, can } = await signInAs(worker, await configure(worker, riverside.url), person)
  const read = (type: RecordType, whose = patient?.id ?? '') =>
    worker.answers['record-list']({ connectionId: id, patient: whose, type })
  return { worker, connectionId: id, can, read }
}

describe('John', () => {
  it('may read every list', async () => {
    expect((await signedIn('john')).can.readLists).toEqual(recordTypes)
  })

  it('has seen what is new in a list only once it has been on screen', async () => {
    const { worker, connectionId, read } = await signedIn('john', 'month')
    const lookAt = async (type: RecordType) => (await read(type)).lookBegan
    expect([await lookAt('Condition'), await lookAt('Condition')]).toEqual([undefined, undefined])
    await worker.answers['record-list-seen']({ connectionId, patient: 'john-doe', type: 'Condition' })
    expect(await lookAt('Condition')).toBeGreaterThan(0)
    await worker.answers['record-list-seen']({ connectionId, patient: 'john-doe', type: 'Procedure' })
    expect([await lookAt('Procedure'), await lookAt('Procedure')]).toEqual([undefined, undefined])
  })

  it('sees his conditions in words, with their onset and state', async () => {
    const { entries, cut } = await (await signedIn('john')).read('Condition')
    expect(entries.map(({ name }) => name).sort()).toEqual(['High blood pressure', 'High cholesterol'])
    expect(entries[0]).toMatchObject({
      state: 'active',
      date: expect.stringMatching(/^\d{4}-\d{2}$/),
      codes: [expect.stringContaining('icd-10-cm|')],
      source: { name: 'Riverside Clinic' },
    })
    expect(cut).toBe(false)
  })

  it('sees his medications with how to take them and who prescribed them', async () => {
    const { entries } = await (await signedIn('john')).read('MedicationRequest')
    const lisinopril = entries.find(({ name }) => name.startsWith('lisinopril'))
    expect(lisinopril?.details).toEqual([
      { what: 'dosage', text: 'One tablet by mouth every morning' },
      { what: 'by', text: 'Dr. Morgan Lee' },
    ])
  })

  it('sees his immunizations, none of which says that it was completed', async () => {
    const { entries } = await (await signedIn('john')).read('Immunization')
    expect(entries.map(({ name }) => name)).toContain('Tdap')
    expect(new Set(entries.map(({ state }) => state))).toEqual(new Set(['']))
  })

  it('sees his visits with where and with whom they were, and his procedures', async () => {
    const { read } = await signedIn('john')
    const { entries } = await read('Encounter')
    expect(new Set(entries.map(({ name, state }) => `${name}${state}`))).toEqual(
      new Set(['First visit', 'Check-up']),
    )
    expect(entries[0]).toMatchObject({ date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) })
    expect(entries[0]?.details).toEqual([
      { what: 'place', text: 'Riverside Clinic' },
      { what: 'with', text: 'Dr. Morgan Lee' },
    ])
    expect((await read('Procedure')).entries).toEqual([])
  })

  it('sees his laboratory results without vital signs, the newest of each test first', async () => {
    const { entries } = await (await signedIn('john')).read('Observation')
    expect(entries.length).toBeGreaterThan(10)
    for (const { codes } of entries) expect(codes).not.toContain('http://loinc.org|29463-7')
    const series = seriesOf(foldEntries(entries))
    const ldl = series.find(({ newest }) => newest.entries[0].codes.includes('http://loinc.org|13457-7'))
    expect(ldl?.newest.entries[0].value).toMatchObject({
      unit: 'mg/dL',
      range: { terms: ['≤', { number: '130' }], by: ' ' },
    })
    const dates = [ldl?.newest, ...(ldl?.earlier ?? [])].map((row) => Date.parse(row?.entries[0].date ?? ''))
    expect(dates).toEqual(dates.toSorted((a, b) => b - a))
    expect(dates.length).toBeGreaterThan(2)
    expect(ldl?.earlier.some(({ entries: [first] }) => first.value?.flag === 'high')).toBe(true)
  })

  it('sees results to which the clinic gave no category, and no vital signs among them', async () => {
    const without = (id: string, code: string) => ({
      resourceType: 'Observation',
      id,
      status: 'final',
      subject: { reference: 'Patient/john-doe' },
      effectiveDateTime: '2020-01-02',
      code: { coding: [{ system: 'http://loinc.org', code }] },
      valueQuantity: { value: 4.1, unit: 'x' },
    })
    await riverside.store.write(async (trx) => {
      await putResource(trx, without('no-category', '2823-3'), Date.now())
      await putResource(trx, without('no-category-pulse', '8867-4'), Date.now())
    })
    const { entries, cut } = await (await signedIn('john')).read('Observation')
    expect(entries.filter(({ unplaced }) => unplaced).map(({ id }) => id)).toEqual(['no-category'])
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length)
    expect(cut).toBe(false)
  })

  it('sees results that only a report names, and which of them are missing', async () => {
    const observation = (id: string, change: object = {}) => ({
      resourceType: 'Observation',
      id,
      status: 'final',
      subject: { reference: 'Patient/john-doe' },
      effectiveDateTime: '2020-01-02',
      category: [{ coding: [{ system: 'urn:lab:sections', code: 'CH' }] }],
      code: { coding: [{ system: 'http://loinc.org', code: '2951-2' }] },
      valueQuantity: { value: 140, unit: 'mmol/L' },
      ...change,
    })
    const v2Category = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'LAB' }] }
    const report = {
      resourceType: 'DiagnosticReport',
      id: 'panel',
      status: 'final',
      category: [v2Category],
      code: { text: 'Electrolytes' },
      subject: { reference: 'Patient/john-doe' },
      effectiveDateTime: '2020-01-02',
      contained: [
        {
          resourceType: 'Observation',
          id: 'within',
          status: 'final',
          code: { text: 'Chloride' },
          valueString: '101',
        },
      ],
      result: ['Observation/of-report', 'Observation/of-report-pulse', 'Observation/uncategorized', '#within']
        .concat('Observation/nowhere')
        .map((reference) => ({ reference })),
    }
    const { category: _none, ...uncategorized } = observation('uncategorized')
    await riverside.store.write(async (trx) => {
      for (const resource of [
        observation('of-report'),
        observation('of-report-pulse', {
          code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
        }),
        uncategorized,
        observation('of-table-74', { category: [v2Category] }),
        report,
      ])
        await putResource(trx, resource, Date.now())
    })
    const { read } = await signedIn('john')
    const [alone, reported] = [await read('Observation'), await read('DiagnosticReport')]
    expect(alone.entries.map(({ id }) => id)).toContain('of-table-74')
    expect(alone.entries.find(({ id }) => id === 'uncategorized')).toMatchObject({ unplaced: true })
    const results = reported.entries.filter(({ type }) => type === 'Observation')
    expect(results.map(({ id }) => id).sort()).toEqual(['of-report', 'panel#within', 'uncategorized'])
    expect(results.find(({ id }) => id === 'panel#within')).toMatchObject({
      name: 'Chloride',
      date: '2020-01-02',
    })
    const both = entriesOf([alone, reported]).filter(({ id }) => id === 'uncategorized')
    expect(both).toHaveLength(1)
    expect(both[0]).not.toHaveProperty('unplaced')
    const missing = (...values: RecordList[]) =>
      missingResultsOf({
        answers: values.map((value, at) => ({
          type: at === 0 ? 'DiagnosticReport' : 'Observation',
          value,
          pending: false,
          retry: () => undefined,
        })),
      })
    expect(reported.missingResults).toEqual(['nowhere'])
    expect(missing(reported, alone)).toBe(1)
    expect(missing(reported)).toBe(0)
    expect(missing(reported, { ...alone, leftOut: ['nowhere'] })).toBe(0)
    // The organization may have sent what Carekey did not read.
    expect(missing(reported, { ...alone, cut: true })).toBe(0)
    expect(missing({ ...reported, cut: true }, alone)).toBe(0)
    await riverside.store.write(async (trx) => {
      await putResource(trx, { ...report, status: 'entered-in-error', result: [], contained: [] }, Date.now())
    })
  })

  it('sees whether he smokes and drinks, but not among his results', async () => {
    const habit = (id: string, code: string, change: object) => ({
      resourceType: 'Observation',
      id,
      status: 'final',
      subject: { reference: 'Patient/john-doe' },
      effectiveDateTime: '2021-05-06',
      code: { coding: [{ system: 'http://loinc.org', code }] },
      ...change,
    })
    const system = 'http://terminology.hl7.org/CodeSystem/observation-category'
    await riverside.store.write(async (trx) => {
      await putResource(
        trx,
        habit('smoking', '72166-2', {
          category: [{ coding: [{ system, code: 'social-history' }] }],
          valueCodeableConcept: { text: 'Former smoker' },
        }),
        Date.now(),
      )
      await putResource(
        trx,
        habit('drinking', '74013-4', { valueQuantity: { value: 1, unit: '/d' } }),
        Date.now(),
      )
    })
    const { read } = await signedIn('john')
    const { entries } = await read('SocialHistory')
    expect(entries.map(({ id, value }) => `${id}: ${value && valueWords(value)}`).sort()).toEqual([
      'drinking: 1 /d',
      'smoking: Former smoker',
    ])
    const results = (await read('Observation')).entries.map(({ id }) => id)
    expect(results).not.toContain('smoking')
    expect(results).not.toContain('drinking')
  })

  it('sees nothing of a type that the clinic does not use, without an error', async () => {
    const { read } = await signedIn('john')
    for (const type of ['MedicationStatement', 'DiagnosticReport'] as const)
      expect((await read(type)).entries).toEqual([])
  })

  it('finds in the access log the lists that he opened, and no others', async () => {
    const { worker, connectionId, read } = await signedIn('john')
    await read('AllergyIntolerance')
    const { entries } = await worker.answers['access-log']({ connectionId })
    expect(entries[0]).toMatchObject({ kind: 'search', what: expect.stringContaining('AllergyIntolerance?') })
    const sinceSignIn = entries.slice(
      0,
      entries.findIndex(({ kind }) => kind === 'sign-in'),
    )
    expect(
      sinceSignIn.filter(({ what }) => what?.startsWith('AllergyIntolerance?patient=john')),
    ).toHaveLength(1)
    expect(sinceSignIn.filter(({ what }) => what?.startsWith('Immunization?patient=john'))).toEqual([])
  })

  it('does not get another patient’s lists', async () => {
    const { read } = await signedIn('john')
    const jane = await read('AllergyIntolerance', 'jane-doe').catch(() => ({ entries: [] }))
    expect(jane.entries).toEqual([])
  })
})

it('Lee sees the allergies of Jane, whom he looked up', async () => {
  const { entries } = await (await signedIn('lee')).read('AllergyIntolerance', 'jane-doe')
  expect(entries).toMatchObject([
    {
      name: 'penicillin G',
      state: 'active',
      details: expect.arrayContaining([{ what: 'reaction', text: 'Hives' }]),
    },
  ])
})
