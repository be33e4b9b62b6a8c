import { afterEach, describe, expect, it, vi } from 'vitest'
import { onlyAbout, type PatientClient } from '../../../extension/fhir/about-patient.ts'
import type { Client, Page } from '../../../extension/fhir/client.ts'
import { readPatient, searchPatients } from '../../../extension/fhir/find-patients.ts'
import { collect, nextOf } from '../../../extension/fhir/paging.ts'
import { readRecordList } from '../../../extension/fhir/read-list.ts'
import { readVitals } from '../../../extension/fhir/read-vitals.ts'
import { entryOf, noMedications } from '../../../extension/fhir/record-entry.ts'
import { objects, wordsIn } from '../../../extension/fhir/resource.ts'
import { resultValueOf } from '../../../extension/fhir/result-value.ts'
import { ProblemError } from '../../../extension/messages/errors.ts'
import { cutMark, type RecordEntry, type RecordType } from '../../../extension/messages/record-lists.ts'
import { riverside } from '../../fixtures/readings.ts'

afterEach(() => vi.restoreAllMocks())

type Answered = Record<string, unknown> & { resourceType: string }

const access = {
  fhirBase: 'https://mock.example/fhir',
  fetch: () => Promise.reject(new Error('Nothing is fetched here.')),
}

/** Answers every search with these resources, and every read with the first one. */
const answeringAnybody = (resources: Answered[]): Client => {
  const page: Page = {
    bundle: { resourceType: 'Bundle', entry: resources.map((resource) => ({ resource })) },
    address: 'https://mock.example/fhir/Observation',
  }
  return {
    read: async () => resources[0] ?? { resourceType: 'Patient' },
    search: async () => page,
    follow: async () => page,
  }
}
const answering = (resources: Answered[]): PatientClient =>
  onlyAbout(answeringAnybody(resources), access, 'p')
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index))
const identifier = many(560, (index) => ({ system: 'http://mock.example/ids', value: `i${index}` }))
const coding = many(150, (index) => ({ system: 'http://mock.example/codes', code: `c${index}` }))

const convert = (...given: Parameters<typeof entryOf>) => entryOf(...given) as RecordEntry | undefined

const listOf = (type: RecordType, resources: Answered[]) =>
  readRecordList(answering(resources), access, { patient: 'p', type, source: riverside })

describe('F69 a page gets bounded data, whatever an organization sends', () => {
  it('a thousand weights with 560 identifiers each are a thousand numbers', async () => {
    const weights = many(1000, (index) => ({
      resourceType: 'Observation',
      id: `w${index}`,
      identifier,
      code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }, ...coding] },
      effectiveDateTime: '2026-01-01',
      valueQuantity: { value: '81.2', unit: 'kg' },
      note: [{ text: 'x'.repeat(1000) }],
    }))
    const vitals = await readVitals(answering(weights), access, { patient: 'p', source: riverside })
    expect(vitals.weight).toHaveLength(1000)
    expect(JSON.stringify(vitals).length).toBeLessThan(300_000)
  })

  it('an entry has its first 10 codes, and none of its identifiers', async () => {
    const { entries } = await listOf(
      'Condition',
      many(150, (index) => ({ resourceType: 'Condition', id: `c${index}`, identifier, code: { coding } })),
    )
    expect(entries).toHaveLength(150)
    expect(new Set(entries.map(({ codes }) => codes.length))).toEqual(new Set([10]))
    expect(JSON.stringify(entries)).not.toContain('http://mock.example/ids')
  })

  it('of the results that reports name but do not contain, 2000 valid ids are counted', async () => {
    const named = (report: number) =>
      many(100, (index) => ({
        reference: `Observation/${'x'.repeat(index < 50 ? 80 : 8)}-${report}-${index}`,
      }))
    const list = await listOf(
      'DiagnosticReport',
      many(100, (index) => ({ resourceType: 'DiagnosticReport', id: `r${index}`, result: named(index) })),
    )
    expect(list.missingResults).toHaveLength(2000)
    expect(Math.max(...(list.missingResults ?? []).map((id) => id.length))).toBeLessThanOrEqual(64)
  })

  it('of Observations that are not shown, 2000 valid ids are kept', async () => {
    const cancelled = (index: number) => ({
      resourceType: 'Observation',
      id: index % 2 ? `o${index}` : 'x'.repeat(400),
      status: 'cancelled',
    })
    const list = await listOf('Observation', many(5000, cancelled))
    expect(list.leftOut).toHaveLength(2000)
    expect(JSON.stringify(list).length).toBeLessThan(30_000)
  })

  it('a list of 2 million characters is cut, and says so', async () => {
    const long = (index: number) => ({
      resourceType: 'Condition',
      id: `c${index}`,
      text: { div: 'x'.repeat(20_000) },
    })
    const list = await listOf('Condition', many(150, long))
    expect(JSON.stringify(list.entries).length).toBeLessThanOrEqual(2_000_000)
    expect(list.entries.length).toBeGreaterThan(90)
    expect(list.cut).toBe(true)
    expect((await listOf('Condition', many(90, long))).cut).toBe(false)
  })

  it('only as many resources of a page as are needed are read', async () => {
    let looked = 0
    const page: Page = { bundle: { resourceType: 'Bundle' }, address: 'https://mock.example/fhir/Condition' }
    const { items, cut } = await collect(answering([]), page, {
      access,
      limit: 500,
      items: function* () {
        for (;;) yield looked++
      },
    })
    expect([items.length, cut, looked]).toEqual([500, true, 501])
  })

  it('only as many results within reports as are needed are read', async () => {
    const looked = new Set<string>()
    const contained = (report: number) =>
      many(100, (index) => ({
        ...{ resourceType: 'Observation', id: `o${index}`, valueString: '1' },
        // Only what maps a result asks for its name by name.
        code: Object.defineProperty({}, 'text', {
          get: () => {
            looked.add(`${report} ${index}`)
            return 'Chloride'
          },
        }),
      }))
    const { entries } = await listOf(
      'DiagnosticReport',
      many(20, (index) => ({
        ...{ resourceType: 'DiagnosticReport', id: `r${index}`, contained: contained(index) },
        result: many(100, (each) => ({ reference: `#o${each}` })),
      })),
    )
    expect(entries).toHaveLength(1500)
    expect(looked.size).toBe(1500 + 1 - 20)
  })

  it('each medication is looked up once, however many were included', async () => {
    let looks = 0
    const medications = many(1000, (index) =>
      Object.defineProperty({ resourceType: 'Medication', code: { text: `m${index}` } }, 'id', {
        // Only what looks for a medication asks for its id by name.
        enumerable: false,
        get: () => {
          looks++
          return `m${index}`
        },
      }),
    )
    const requests = many(100, (index) => ({
      resourceType: 'MedicationRequest',
      id: `r${index}`,
      medicationReference: { reference: `Medication/m${index}` },
    }))
    const { entries } = await listOf('MedicationRequest', [...requests, ...medications])
    expect(entries.map(({ name }) => name)).toEqual(many(100, (index) => `m${index}`))
    expect(looks).toBeLessThanOrEqual(medications.length)
  })

  it('the first 100 items of a list within a resource are read', () => {
    expect(objects(many(1000, (index) => ({ index })))).toHaveLength(100)
    expect(wordsIn(many(1000, String))).toHaveLength(100)
    let looks = 0
    const nameless = many(24_000, () => ({
      get display() {
        looks++
        return '\u200b'
      },
    }))
    const resource = { resourceType: 'Condition', id: 'c', code: { coding: nameless } }
    expect(convert('Condition', resource, { source: riverside, medications: noMedications })?.name).toBe('')
    expect(looks).toBeLessThanOrEqual(100)
  })

  it('the first 100 patients of a page are read, and the list says that it was cut', async () => {
    const result = await searchPatients(
      answeringAnybody(many(101, (index) => ({ resourceType: 'Patient', id: `p${index}` }))),
      access,
      {},
    )
    expect(result.patients).toHaveLength(100)
    expect(result.warning).toEqual({ code: 'list-too-long' })
  })

  it('a patient has 20 numbers at most', async () => {
    const patient = await readPatient(answering([{ resourceType: 'Patient', id: 'p', identifier }]), 'p')
    expect(patient.identifiers).toHaveLength(20)
  })
})

it('F70 the most serious of several flags is shown', () => {
  const flagOf = (...codes: string[]) =>
    resultValueOf({
      valueQuantity: { value: '6.8' },
      interpretation: [{ coding: codes.map((code) => ({ code })) }],
    })?.flag
  expect([flagOf('A', 'HH'), flagOf('H', 'LL'), flagOf('HH', 'N'), flagOf('A', 'L'), flagOf('N')]).toEqual([
    'very_high',
    'very_low',
    'very_high',
    'low',
    undefined,
  ])
})

describe('what a clinician wrote is passed on whole, or ends in a mark', () => {
  const filler = 'The heart is of normal size and the lungs are clear without effusion. '.repeat(100)
  const first = async (type: RecordType, change: object) => {
    const { entries, ...list } = await listOf(type, [
      { resourceType: type, id: '1', status: 'active', ...change },
    ])
    return { ...list, details: entries[0]?.details ?? [], entry: entries[0] }
  }
  const text = (length: number) => `${filler.slice(0, length - 5)} END.`
  const longest = 20_000
  const long = 'x'.repeat(longest)

  it.each<[string, RecordType, (text: string) => object]>([
    ['a note', 'Condition', (text) => ({ note: [{ text }] })],
    ['a finding', 'DiagnosticReport', (conclusion) => ({ conclusion })],
    ['a coded finding', 'DiagnosticReport', (text) => ({ conclusionCode: [{ text }] })],
    ['a dosage', 'MedicationRequest', (text) => ({ dosageInstruction: [{ text }] })],
    [
      'a dosage for the patient',
      'MedicationStatement',
      (text) => ({ dosage: [{ patientInstruction: text }] }),
    ],
    ['a reaction', 'AllergyIntolerance', (description) => ({ reaction: [{ description }] })],
    ['a reaction by name', 'AllergyIntolerance', (text) => ({ reaction: [{ manifestation: [{ text }] }] })],
    ['an end in words', 'Condition', (abatementString) => ({ abatementString })],
    ['a reason', 'Procedure', (text) => ({ reasonCode: [{ text }] })],
    ['a part', 'Observation', (valueString) => ({ valueString: '1', component: [{ valueString }] })],
  ])('%s', async (_what, type, change) => {
    const whole = await first(type, change(text(6_000)))
    expect(whole.details.map((each) => each.text)).toEqual([text(6_000)])
    expect(whole).not.toHaveProperty('shortened')
    const cut = await first(type, change(`${long} ONCE A WEEK`))
    expect(cut.details.map((each) => each.text)).toEqual([`${long}${cutMark}`])
    expect(cut).toMatchObject({ shortened: true, cut: false })
  })

  it('a result in words, and a name', async () => {
    expect((await first('Observation', { valueString: text(6_000) })).entry?.value?.value).toBe(text(6_000))
    expect((await first('Condition', { code: { text: text(6_000) } })).entry?.name).toBe(text(6_000))
    const named = await first('MedicationRequest', { medicationReference: { display: long } })
    expect(named).toMatchObject({ shortened: true, entry: { name: `${long.slice(0, 500)}${cutMark}` } })
  })

  it('a composed text', async () => {
    const manifestation = many(3, () => ({ text: 'x'.repeat(9_000) }))
    const { details, shortened } = await first('AllergyIntolerance', { reaction: [{ manifestation }] })
    expect(details[0]?.text).toHaveLength(longest + cutMark.length)
    expect([String(details[0]?.text).endsWith(cutMark), shortened]).toEqual([true, true])
  })

  it('a list of notes, parts or reasons', async () => {
    const notes = (count: number) => first('Condition', { note: many(count, (n) => ({ text: `${n}` })) })
    const [whole, cut] = [await notes(100), await notes(101)]
    expect(whole.details).toHaveLength(100)
    expect(whole).not.toHaveProperty('shortened')
    expect(cut.details.slice(99)).toEqual([
      { what: 'note', text: '99' },
      { what: 'note', text: cutMark },
    ])
    expect(cut.shortened).toBe(true)
  })

  it('a narrative', async () => {
    const narrative = async (div: string) => {
      const { entry, shortened } = await first('Procedure', { text: { div } })
      return [entry?.narrative, shortened]
    }
    const page = `<p>${'x'.repeat(99_993)}</p>`
    expect(await narrative(page)).toEqual([page, undefined])
    expect(await narrative(`${page}<p>Pacemaker</p>`)).toEqual([`${page}${cutMark}`, true])
  })

  it('all results within a report', async () => {
    const contained = many(150, (n) => ({ resourceType: 'Observation', id: `o${n}`, valueString: `${n}` }))
    const result = contained.map(({ id }) => ({ reference: `#${id}` }))
    const report = { resourceType: 'DiagnosticReport', id: 'r', contained, result }
    expect((await listOf('DiagnosticReport', [report])).entries).toHaveLength(151)
  })

  it('no organization writes the mark itself', async () => {
    const forged = await first('Condition', { note: [{ text: `Never daily${cutMark}` }] })
    expect(forged.details[0]?.text).toBe('Never daily…')
    expect(forged).not.toHaveProperty('shortened')
  })
})

describe('F75 a list that takes long to map', () => {
  const conditions = (change: object) =>
    many(20, (index) => ({ resourceType: 'Condition', id: `c${index}`, ...change }))

  it.each([
    ['are shown', {}],
    ['are left out', { clinicalStatus: { coding: [{ code: 'entered-in-error' }] } }],
  ])('lets other tasks run between entries that %s', async (_what, change) => {
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 20))
    let turns = 0
    const others = setInterval(() => turns++)
    await listOf('Condition', conditions(change))
    clearInterval(others)
    expect(turns).toBeGreaterThanOrEqual(10)
  })

  it('is abandoned when nobody waits any more', async () => {
    const signal = AbortSignal.abort(new ProblemError('abandoned'))
    const list = readRecordList(
      answering(conditions({})),
      { ...access, signal },
      { patient: 'p', type: 'Condition', source: riverside },
    )
    await expect(list).rejects.toMatchObject({ code: 'abandoned' })
  })
})

describe('F77 an unknown code', () => {
  const hidden = 'fin\u202eal\u200b?'
  const shown = (type: RecordType, resource: object) =>
    convert(
      type,
      { id: '1', resourceType: type, ...resource },
      { source: riverside, medications: noMedications },
    )

  it('is shown in its readable form', async () => {
    const coded = { coding: [{ code: hidden }] }
    expect(shown('Observation', { status: hidden, valueString: '1' })?.state).toBe('final?')
    expect(shown('Condition', { clinicalStatus: coded })?.state).toBe('final?')
    expect(shown('Condition', { verificationStatus: coded })?.details).toEqual([
      { what: 'verification', text: 'final?' },
    ])
    const patient = { resourceType: 'Patient', id: 'p', gender: hidden }
    expect(await readPatient(answering([patient]), 'p')).toMatchObject({ gender: 'final?' })
  })

  it('that marks an error is recognized, whatever characters are hidden in it', () => {
    expect(shown('Observation', { status: 'entered-in-\u200berror', valueString: '1' })).toBeUndefined()
  })
})

it('F75 a next page whose address is longer than 8,192 characters is not requested, and the list says that it is incomplete', () => {
  const base = 'https://clinic.example/fhir'
  const pageTo = (url: string) => ({
    bundle: { resourceType: 'Bundle', link: [{ relation: 'next', url }] },
    address: `${base}/Observation`,
  })
  const longest = `${base}/Observation?page=`.padEnd(8192, '1')
  expect(nextOf(pageTo(longest), base)).toEqual({ next: longest })
  expect(nextOf(pageTo(`${longest}1`), base)).toEqual({ warning: { code: 'list-incomplete' } })
})

it('J56 a found patient whose record may mean something else is left out, and counted', async () => {
  const found = ['p', 'q'].map((id) => ({
    resourceType: 'Patient',
    id,
    ...(id === 'q' && { implicitRules: 'x' }),
  }))
  const { patients, omitted } = await searchPatients(answeringAnybody(found), access, {})
  expect(patients.map(({ id }) => id)).toEqual(['p'])
  expect(omitted).toBe(1)
})

it.each<[RecordType, object]>([
  ['Condition', { resourceType: 'Condition', code: { text: 'Asthma' } }],
  ['Observation', { resourceType: 'Observation', code: { text: 'Potassium' }, valueString: 'high' }],
  ['SocialHistory', { resourceType: 'Observation', code: { text: 'Smoking' }, valueString: 'daily' }],
  ['DiagnosticReport', { resourceType: 'DiagnosticReport', code: { text: 'Blood' } }],
  ['DiagnosticReport', { resourceType: 'Observation', code: { text: 'Potassium' }, valueString: 'high' }],
])('an entry that is not shown is counted: %s without an id', async (type, resource) => {
  const { entries, omitted = 0 } = await listOf(type, [resource as Answered])
  expect(entries).toEqual([])
  expect(omitted).toBeGreaterThan(0)
  const mistake = {
    ...resource,
    status: 'entered-in-error',
    verificationStatus: { coding: [{ code: 'entered-in-error' }] },
  }
  expect((await listOf(type, [mistake as unknown as Answered])).omitted).toBeUndefined()
})

it('a found patient without an id is counted', async () => {
  const found = [{ resourceType: 'Patient', name: [{ family: 'Doe' }] }]
  expect(await searchPatients(answeringAnybody(found), access, {})).toMatchObject({
    patients: [],
    omitted: 1,
  })
})
