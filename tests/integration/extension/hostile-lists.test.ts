import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessWith } from '../../../extension/auth/grant/access.ts'
import { onlyAbout } from '../../../extension/fhir/about-patient.ts'
import { createClient } from '../../../extension/fhir/client.ts'
import { readRecordList } from '../../../extension/fhir/read-list.ts'
import { type RecordType, recordTypes, resourceTypeOf } from '../../../extension/messages/record-lists.ts'
import { EntryMore, EntryRow, SeriesRow } from '../../../extension/record/lists/entry-row.tsx'
import { foldEntries, seriesOf } from '../../../extension/record/lists/fold-entries.ts'
import { termWords } from '../../../extension/record/lists/term-words.ts'
import { type ScriptedOrganization, startScriptedOrganization } from '../../fixtures/scripted-organization.ts'

let organization: ScriptedOrganization
beforeAll(async () => {
  organization = await startScriptedOrganization()
})
afterAll(() => organization.close())

const source = { connectionId: 'c', name: 'S', host: 's.example', hue: 0 }

const read = (type: RecordType, resources: unknown[]) => {
  const entry = resources.map((resource) => ({ resource }))
  organization.script = {
    fhir: (_request, response) => {
      // Generating may take longer than a connection is kept open, and the connection would then end just as the next request is
      // sent.
      response.writeHead(200, { 'content-type': 'application/fhir+json', connection: 'close' })
      response.end(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry }))
    },
  }
  const access = accessWith({ token: 'access' }, `${organization.url}/fhir`)
  return readRecordList(onlyAbout(createClient(access), access, 'p'), access, { patient: 'p', type, source })
}

it('if a server refuses to include medications, it is asked without the include', async () => {
  const requests: string[] = []
  organization.script = {
    fhir: ({ url = '' }, response) => {
      requests.push(url)
      const isRefused = url.includes('_include')
      response.writeHead(isRefused ? 400 : 200, {
        'content-type': 'application/fhir+json',
        connection: 'close',
      })
      const entry = [{ resource: { ...whole.MedicationRequest, resourceType: 'MedicationRequest' } }]
      response.end(
        JSON.stringify(
          isRefused
            ? { resourceType: 'OperationOutcome' }
            : { resourceType: 'Bundle', type: 'searchset', entry },
        ),
      )
    },
  }
  const access = accessWith({ token: 'access' }, `${organization.url}/fhir`)
  const list = await readRecordList(onlyAbout(createClient(access), access, 'p'), access, {
    patient: 'p',
    type: 'MedicationRequest',
    source,
  })
  expect(list.entries).toHaveLength(1)
  expect(requests).toHaveLength(2)
})

const concept = (text: string) => ({ text, coding: [{ system: 's', code: 'c', display: text }] })
const quantity = { value: 5.4, unit: '%', code: '%', comparator: '<' }
const common = {
  id: 'a',
  identifier: [{ system: 's', value: '1' }],
  code: concept('Name'),
  text: { status: 'generated', div: '<div>words</div>' },
  note: [{ text: 'A note' }],
  contained: [{ resourceType: 'Medication', id: 'm', code: concept('Drug') }],
}

const observation = {
  ...common,
  status: 'preliminary',
  effectiveDateTime: '2019-03-04T10:00:00Z',
  valueQuantity: quantity,
  interpretation: [concept('High')],
  referenceRange: [{ low: quantity, high: quantity, type: concept('normal') }],
  component: [{ code: concept('Part'), valueCodeableConcept: concept('Seen') }],
}

/** A resource of each type with every member that is read. */
const whole: Record<RecordType, object> = {
  Condition: {
    ...common,
    clinicalStatus: concept('active'),
    verificationStatus: concept('provisional'),
    severity: concept('Severe'),
    onsetAge: { value: 34, code: 'a' },
    bodySite: [concept('Knee')],
    stage: [{ summary: concept('II') }],
    abatementDateTime: '2020-01',
    asserter: { display: 'Dr. X' },
  },
  MedicationRequest: {
    ...common,
    status: 'active',
    intent: 'plan',
    medicationReference: { reference: '#m' },
    authoredOn: '2019-03',
    dosageInstruction: [{ doseAndRate: [{ doseQuantity: quantity }], route: concept('oral') }],
    reasonCode: [concept('Pain')],
    requester: { display: 'Dr. X' },
  },
  MedicationStatement: {
    ...common,
    status: 'not-taken',
    statusReason: [concept('Cost')],
    medicationCodeableConcept: concept('Drug'),
    effectivePeriod: { start: '2019', end: '2020' },
    dosage: [{ text: 'One' }],
  },
  AllergyIntolerance: {
    ...common,
    category: ['food'],
    criticality: 'high',
    onsetString: 'in childhood',
    reaction: [{ manifestation: [concept('Hives')], severity: 'mild', description: 'All over' }],
  },
  Immunization: {
    ...common,
    status: 'not-done',
    statusReason: concept('Ill'),
    vaccineCode: concept('Tdap'),
    occurrenceDateTime: '2019-03-04',
    doseQuantity: quantity,
    protocolApplied: [{ doseNumberPositiveInt: 2 }],
    performer: [{ actor: { display: 'Nurse' } }],
  },
  Observation: observation,
  SocialHistory: observation,
  DiagnosticReport: {
    ...common,
    status: 'partial',
    effectivePeriod: { start: '2019-03' },
    conclusion: 'Fine',
    conclusionCode: [concept('Normal')],
    presentedForm: [{ contentType: 'application/pdf', title: 'Report' }],
  },
  Encounter: {
    ...common,
    status: 'in-progress',
    class: { system: 's', code: 'AMB', display: 'ambulatory' },
    type: [concept('Check-up')],
    period: { start: '2019-03-04T10:00:00Z', end: '2019-03-04T11:00:00Z' },
    reasonCode: [concept('Cough')],
    serviceProvider: { display: 'Clinic' },
    location: [{ location: { display: 'Room 1' } }],
    participant: [{ individual: { display: 'Dr. X' } }],
  },
  Procedure: {
    ...common,
    status: 'not-done',
    statusReason: concept('Ill'),
    performedPeriod: { start: '2019-03-04', end: '2019-03-05' },
    bodySite: [concept('Knee')],
    outcome: concept('Fine'),
    reasonCode: [concept('Pain')],
    location: { display: 'Theatre' },
    performer: [{ actor: { display: 'Dr. X' } }],
  },
}

const deep = Array.from({ length: 200 }).reduce<object>((within) => ({ extension: [within] }), {})
const odd = [
  null,
  0,
  -1,
  true,
  '',
  ' ',
  'x',
  '9'.repeat(600),
  [],
  [null],
  [[]],
  {},
  [{}],
  deep,
  ['x'],
  { value: {} },
]

/** Determined by the seed: which member is changed or removed, and its new value. */
const mutated = (type: RecordType, count: number): unknown[] => {
  let state = 7
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  return Array.from({ length: count }, (_, index) => {
    const resource = structuredClone({ resourceType: resourceTypeOf(type), ...whole[type], id: `m${index}` })
    for (let times = 1 + next(3); times > 0; times--) mutate(resource, next)
    return next(40) === 0 ? odd[next(odd.length)] : resource
  })
}

const mutate = (resource: object, next: (below: number) => number): void => {
  let at = resource as Record<string, unknown>
  for (;;) {
    const names = Object.keys(at).filter((name) => name !== 'resourceType')
    const name = names[next(names.length)]
    if (name === undefined) return
    const inner = at[name]
    if (typeof inner === 'object' && inner !== null && next(3) > 0) {
      at = inner as Record<string, unknown>
      continue
    }
    if (next(4) === 0) delete at[name]
    else at[name] = odd[next(odd.length)]
    return
  }
}

// E25
describe('500 mutated resources of each type', () => {
  it.each(recordTypes)('%s: nothing throws, and readable ones are shown', async (type) => {
    const { entries } = await read(type, mutated(type, 500))
    expect(entries.length).toBeGreaterThan(300)
    const rows = foldEntries(entries)
    expect(rows).toHaveLength(entries.length)
    const html = seriesOf(rows).map((each) => renderToString(h(SeriesRow, each)))
    for (const row of rows) html.push(renderToString(h(EntryRow, { row })))
    for (const { narrative: _markup, ...entry } of entries)
      html.push(renderToString(h(EntryMore, { entry, isTitled: true })))
    const broken = html.join('').match(/.{0,60}(\[object|undefined|NaN|Invalid Date|>null<)/g)
    expect(broken ?? []).toEqual([])
  })

  it.each([
    ['Condition', 'severity stage site verification ended by note'],
    ['MedicationRequest', 'dosage intent reason by note'],
    ['MedicationStatement', 'dosage why ended note'],
    ['AllergyIntolerance', 'reaction severity criticality category note'],
    ['Immunization', 'why dose dose by note'],
    ['Observation', 'part meaning note'],
    ['SocialHistory', 'part meaning note'],
    ['DiagnosticReport', 'conclusion conclusion document note'],
    ['Encounter', 'reason place place with note'],
    ['Procedure', 'reason why site conclusion place with note'],
  ] as const)('%s: unmodified, every one is understood', async (type, details) => {
    const { entries } = await read(type, [{ resourceType: resourceTypeOf(type), ...whole[type] }])
    expect(entries[0]?.details.map(({ what }) => what).join(' ')).toBe(details)
    expect(entries[0]).toMatchObject({ narrative: '<div>words</div>' })
    expect(entries[0]?.name).not.toBe('')
  })
})

describe('an entry', () => {
  const one = async (type: RecordType, change: object) =>
    (await read(type, [{ resourceType: resourceTypeOf(type), ...whole[type], ...change }])).entries[0]

  it('that the record marks as an error is left out, and one that it rules out says so', async () => {
    expect(await one('Condition', { verificationStatus: concept('x') })).toBeDefined()
    const status = (code: string) => ({ verificationStatus: { coding: [{ code }] } })
    expect(await one('Condition', status('entered-in-error'))).toBeUndefined()
    expect(await one('Observation', { status: 'entered-in-error' })).toBeUndefined()
    expect(await one('Observation', { status: 'cancelled' })).toBeUndefined()
    expect((await one('AllergyIntolerance', status('refuted')))?.state).toBe('refuted')
  })

  it('is judged by the code of HL7’s own system, wherever it stands, and is a mistake by a code of any', async () => {
    const hl7 = 'http://terminology.hl7.org/CodeSystem/allergyintolerance'
    const local = { system: 'urn:local', code: 'active' }
    const orders = (...codings: [object, object]) => [codings, codings.toReversed()]
    for (const coding of orders(local, { system: `${hl7}-clinical`, code: 'resolved' }))
      expect((await one('AllergyIntolerance', { clinicalStatus: { coding } }))?.state).toBe('resolved')
    for (const coding of orders(local, { code: 'resolved' }))
      expect((await one('AllergyIntolerance', { clinicalStatus: { coding } }))?.state).toBe('resolved')
    for (const coding of orders(local, { system: `${hl7}-verification`, code: 'refuted' })) {
      const allergy = await one('AllergyIntolerance', { verificationStatus: { coding } })
      expect(allergy?.state).toBe('refuted')
      expect(allergy?.details.map(({ what }) => what)).not.toContain('verification')
    }
    for (const system of ['urn:other', `${hl7}-verification`])
      for (const coding of orders(local, { system, code: 'entered-in-error' })) {
        expect(await one('AllergyIntolerance', { verificationStatus: { coding } })).toBeUndefined()
        expect(await one('Condition', { clinicalStatus: { coding } })).toBeUndefined()
      }
  })

  it.each(['entered-in-error', 'cancelled'])(
    'that is a report with the status %s takes the results within it along',
    async (status) => {
      const report = {
        ...whole.DiagnosticReport,
        resourceType: 'DiagnosticReport',
        result: [{ reference: '#o' }, { reference: 'Observation/elsewhere' }],
        contained: [{ ...observation, resourceType: 'Observation', id: 'o', contained: undefined }],
      }
      const final = await read('DiagnosticReport', [{ ...report, status: 'final' }])
      expect(final.entries.map(({ type }) => type)).toEqual(['DiagnosticReport', 'Observation'])
      expect(final.missingResults).toEqual(['elsewhere'])
      const withdrawn = await read('DiagnosticReport', [{ ...report, status }])
      expect(withdrawn.entries).toEqual([])
      expect(withdrawn.missingResults).toBeUndefined()
    },
  )

  it('that orders not to take a medication says so', async () => {
    const order = { status: 'active', doNotPerform: true }
    expect((await one('MedicationRequest', order))?.state).toBe('do-not-take')
    expect((await one('MedicationRequest', { ...order, doNotPerform: 'true' }))?.state).toBe('active')
    for (const status of ['on-hold', 'stopped', 'completed'])
      expect((await one('MedicationRequest', { ...order, status }))?.state).toBe(`do-not-take ${status}`)
    expect((await one('MedicationRequest', { ...order, status: undefined }))?.state).toBe('do-not-take')
    expect(await one('MedicationRequest', { ...order, status: 'entered-in-error' })).toBeUndefined()
  })

  it('has the name of a medication beside it only if it refers to one at the same organization', async () => {
    const medication = { resourceType: 'Medication', id: '1', code: concept('Warfarin') }
    const base = `${organization.url}/fhir`
    const nameFor = async (reference: string) => {
      const order = { ...whole.MedicationRequest, resourceType: 'MedicationRequest' }
      const list = await read('MedicationRequest', [
        { ...order, medicationReference: { reference, display: 'Another' } },
        medication,
      ])
      return list.entries[0]?.name
    }
    for (const reference of ['Medication/1', `${base}/Medication/1`, 'Medication/1/_history/2'])
      expect(await nameFor(reference)).toBe('Warfarin')
    for (const reference of [
      'https://other.example/fhir/Medication/1',
      `${base}2/Medication/1`,
      'Device/1',
      '',
    ])
      expect(await nameFor(reference)).toBe('Another')
  })

  it('is named by its text, or else a display, or else a code, or else not at all', async () => {
    const coding = [{ code: '1' }, { code: '2', display: 'Shown' }]
    expect((await one('Condition', { code: { text: 'Said', coding } }))?.name).toBe('Said')
    expect((await one('Condition', { code: { coding } }))?.name).toBe('Shown')
    expect((await one('Condition', { code: { coding: [{ code: '1' }] } }))?.name).toBe('1')
    expect((await one('Condition', { code: undefined }))?.name).toBe('')
  })

  it.each([['2019'], ['2019-03'], ['2019-03-04'], ['2019-03-04T10:00:00+01:00']])(
    'keeps the precision of %s',
    async (date) => {
      expect((await one('Immunization', { occurrenceDateTime: date }))?.date).toBe(date)
    },
  )

  it.each([['yesterday'], ['2019-3'], ['2019-13-45'], [''], [7]])(
    'has no date if the record says %s',
    async (date) => {
      expect(await one('MedicationRequest', { authoredOn: date })).not.toHaveProperty('date')
    },
  )

  it.each([
    ['within the request', { medicationReference: { reference: '#m' } }, 'Drug'],
    [
      'nowhere, by what the request calls it',
      { medicationReference: { reference: 'Medication/x', display: 'Pill' } },
      'Pill',
    ],
    ['nowhere at all', { medicationReference: { reference: 'Medication/x' } }, ''],
  ])('finds its medication %s', async (_where, change, name) => {
    expect((await one('MedicationRequest', change))?.name).toBe(name)
  })

  it('finds its medication beside it in the answer', async () => {
    const request = {
      resourceType: 'MedicationRequest',
      id: 'r',
      medicationReference: { reference: 'Medication/x' },
    }
    const medication = { resourceType: 'Medication', id: 'x', code: concept('Beside') }
    const { entries } = await read('MedicationRequest', [request, medication])
    expect(entries.map(({ name }) => name)).toEqual(['Beside'])
  })

  it.each([
    ['H', 'high'],
    ['LL', 'very_low'],
    ['N', undefined],
    ['constructor', undefined],
  ])('that the laboratory flags as %s is %s', async (code, flag) => {
    expect((await one('Observation', { interpretation: [{ coding: [{ code }] }] }))?.value?.flag).toBe(flag)
  })

  it.each([
    [{ low: { value: 3.5 }, high: { value: 5.1 } }, '3.5 – 5.1 no unit'],
    [{ high: { value: 130, unit: 'mg/dL' } }, '≤ 130 mg/dL'],
    [{ low: { value: 60, unit: '%' } }, '≥ 60'],
    [{ text: 'negative' }, 'negative'],
  ])('has the range %j as %s', async (range, words) => {
    expect(termWords((await one('Observation', { referenceRange: [range] }))?.value?.range ?? '')).toBe(words)
  })

  it('keeps a decimal as the record writes it', async () => {
    organization.script = {
      fhir: (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/fhir+json' })
        const resource = { resourceType: 'Observation', ...whole.Observation }
        response.end(JSON.stringify({ resourceType: 'Bundle', entry: [{ resource }] }).replace('5.4', '5.40'))
      },
    }
    const access = accessWith({ token: 'access' }, `${organization.url}/fhir`)
    const question = { patient: 'p', type: 'Observation', source } as const
    const { entries } = await readRecordList(onlyAbout(createClient(access), access, 'p'), access, question)
    expect(entries[0]?.value).toMatchObject({ value: { number: '<5.40' }, unit: '%' })
  })
})
