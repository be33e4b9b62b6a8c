import { afterEach, expect, test } from 'vitest'
import { type RecordingServer, startRecordingServer } from '../../fakes/recording-server.ts'
import { observation } from '../../fixtures/canary.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { json, page, statement } from './opened-upstream.ts'

let server: RecordingServer
let gateway: Gateway
afterEach(async () => {
  await gateway.close()
  await server.close()
})

const STRAYS: [string, object][] = [
  ['another host', { reference: 'http://other.example/fhir/Patient/pb' }],
  ['another port', { reference: 'http://127.0.0.1:1/fhir/Patient/pb' }],
  ['another scheme', { reference: 'https://127.0.0.1/fhir/Patient/pb' }],
  ['another path', { reference: '/r5/Patient/pb' }],
  ['a word that is no type', { reference: 'https://mpi.example/MPI/4711' }],
  ['a relative reference to what is no type', { reference: 'MPI/4711' }],
  ['a group elsewhere', { reference: 'https://other.example/fhir/Group/g1' }],
  [
    'the address of a type',
    {
      reference: 'urn:uuid:6a5b7d5e-8a4c-4d7c-9f6e-000000000001',
      type: 'http://hl7.org/fhir/StructureDefinition/Patient',
    },
  ],
  ['a contradicted address', { reference: 'https://e.example/Patient/pb/_history/2', type: 'Practitioner' }],
  ['a contradicted list', { reference: ['Patient/pb'], type: 'Practitioner' }],
  ['an identifier', { identifier: { system: 'https://clinic.example/mrn', value: '2' } }],
  ['an identifier and a type', { type: 'Patient', identifier: { value: '2' } }],
  ['a resource that it does not contain', { reference: '#gone' }],
  ['a list in a list', [[{ reference: 'Patient/pb' }]]],
  ['a list in place of a reference', { reference: ['Patient/pb'] }],
  ['a name in no address', { reference: 'urn:uuid:6a5b7d5e-8a4c-4d7c-9f6e-000000000001' }],
]

/** A CapabilityStatement that offers reading these types too. */
const offering = (types: readonly string[], searched: string) => {
  const [rest] = statement.rest
  const resource = [
    ...(rest?.resource ?? []),
    ...[...new Set(types)].map((type) => ({
      type,
      interaction: [{ code: 'read' }, ...(type === searched ? [{ code: 'search-type' }] : [])],
      searchParam: [{ name: 'patient' }, { name: 'target' }],
    })),
  ]
  return { ...statement, rest: [{ ...rest, resource }] }
}

/** Starts a gateway in front of these Observations, and of resources that it may be asked for by their ids. */
const startWith = async (
  observations: () => readonly { id: string }[],
  others: readonly { resourceType: string; id: string }[] = [],
  searched = 'Observation',
): Promise<void> => {
  server = await startRecordingServer(({ path, form, query }) => {
    if (path === '/fhir/metadata')
      return json(
        offering(
          others.map(({ resourceType }) => resourceType),
          searched,
        ),
      )
    const other = others.find(({ resourceType, id }) => path === `/fhir/${resourceType}/${id}`)
    if (other) return json(other)
    const rows = [...observations(), ...others.filter(({ resourceType }) => resourceType === searched)]
    const row = rows.find(({ id }) => path === `/fhir/Observation/${id}`)
    if (row) return json(row)
    const isSearch = path.startsWith(`/fhir/${searched}`) && !form.has('_id') && !query.has('_id')
    return json(page(isSearch ? { entry: rows.map((resource) => ({ resource })) } : {}))
  })
  gateway = await startGateway(`${server.origin}/fhir`)
}

const found = async (as: 'TA' | 'TC'): Promise<string[]> =>
  (await gateway.get('Observation', as)).json.entry.map(
    (each: { resource: { id: string } }) => each.resource.id,
  )

const below = (subject: object) =>
  'reference' in subject && subject.reference === '/r5/Patient/pb'
    ? { reference: `${server.origin}/r5/Patient/pb` }
    : subject

test.each(STRAYS)(
  'J31 nobody reads a resource that names its patient by %s, and the operator is told',
  async (_what, subject) => {
    await startWith(() => [
      { ...observation('stray', 'pb'), subject: below(subject) },
      observation('own', 'pa'),
    ])
    expect((await gateway.get('Observation/stray', 'TC')).status).toBe(404)
    expect(await found('TC')).toEqual(['own'])
    expect(gateway.reports.filter((line) => line.includes('in the record of one patient at most'))).toEqual([
      expect.stringContaining('"id":"stray"'),
    ])
  },
)

test.each(STRAYS)(
  'J31 nor does the patient whom another of its elements names, if one names a patient by %s',
  async (_what, reference) => {
    const performer = [{ reference: 'Patient/pa' }]
    await startWith(() => [
      observation('own', 'pa'),
      { ...observation('subject', 'pb', { performer }), subject: below(reference) },
      observation('performer', 'pa', { performer: [below(reference)] }),
    ])
    for (const as of ['TA', 'TC'] as const) {
      for (const id of ['subject', 'performer'])
        expect((await gateway.get(`Observation/${id}`, as)).status).toBe(404)
      expect(await found(as)).toEqual(['own'])
    }
  },
)

test('J31 the operator is told of the first such resource, the tenth and the hundredth, with their count', async () => {
  const strays = Array.from({ length: 120 }, (_, at) => ({
    ...observation(`stray-${at}`, 'pb'),
    subject: { reference: 'urn:uuid:6a5b7d5e-8a4c-4d7c-9f6e-000000000001' },
  }))
  await startWith(() => strays)
  for (const { id } of strays) await gateway.get(`Observation/${id}`, 'TC')
  const told = gateway.reports.filter((line) => line.includes('in the record of one patient at most'))
  expect(told.map((line) => /"id":"([^"]+)".*"times":(\d+)/.exec(line)?.slice(1))).toEqual([
    ['stray-0', '1'],
    ['stray-9', '10'],
    ['stray-99', '100'],
  ])
})

test('J31 a performer elsewhere who is no patient keeps nobody out', async () => {
  const performer = [
    { reference: 'urn:uuid:6a5b7d5e-8a4c-4d7c-9f6e-000000000001', type: 'Practitioner' },
    { reference: 'https://staff.example/fhir/Organization/o' },
    { reference: 'https://staff.example/fhir/Practitioner/1/_history/3' },
    { reference: 'https://staff.example/fhir/Practitioner/1/' },
    { display: 'Dr. Lind' },
  ]
  await startWith(() => [observation('own', 'pa', { performer })])
  for (const as of ['TA', 'TC'] as const) {
    expect(await found(as)).toEqual(['own'])
    expect((await gateway.get('Observation/own', as)).status).toBe(200)
  }
})

test('J31 nobody reads a resource that names its patient by a display alone, or by a text', async () => {
  await startWith(() => [
    { ...observation('display', 'pb'), subject: { display: 'Bert B' } },
    { ...observation('text', 'pb'), subject: 'Patient/pb' },
    observation('own', 'pa'),
  ])
  expect(await found('TC')).toEqual(['own'])
})

const ELSEWHERE = 'https://old.example/fhir/Patient/pb'
const group = (id: string, members: unknown) => ({
  ...{ resourceType: 'Group', id, type: 'person', actual: true, name: 'HIV clinic', member: members },
})
const visit = (id: string, of: string) => ({
  ...{
    resourceType: 'Encounter',
    id,
    status: 'finished',
    class: { code: 'AMB' },
    subject: { reference: of },
  },
})

test('J31 nobody reads a group with a member whom the log cannot name, nor a Patient with such a link', async () => {
  await startWith(
    () => [],
    [
      group('elsewhere', [{ entity: { reference: ELSEWHERE } }, { entity: { reference: 'Patient/pa' } }]),
      group('in-lists', [[{ entity: { reference: ELSEWHERE } }]]),
      group('here', [{ entity: { reference: 'Patient/pa' } }]),
      { ...{ resourceType: 'Patient', id: 'pb' }, link: [{ other: { reference: ELSEWHERE } }] } as never,
    ],
  )
  for (const name of ['Group/elsewhere', 'Group/in-lists', 'Patient/pb'])
    expect((await gateway.get(name, 'TC')).status, name).toBe(404)
  await gateway.entries()
  expect((await gateway.get('Group/here', 'TC')).status).toBe(200)
  expect((await gateway.entries()).map(({ patient }) => patient)).toEqual(['pa'])
})

test('J31 nobody reads a visit of such a group, and the operator is told', async () => {
  await startWith(() => [], [group('g', [{ entity: { reference: ELSEWHERE } }]), visit('v', 'Group/g')])
  expect((await gateway.get('Encounter/v', 'TC')).status).toBe(404)
  expect(gateway.reports.filter((line) => line.includes('in the record of one patient at most'))).toEqual([
    expect.stringContaining('"id":"g"'),
  ])
})

const provenance = (id: string, ...targets: string[]) => ({
  ...{ resourceType: 'Provenance', id, recorded: '2026-01-01T00:00:00Z' },
  target: targets.map((reference) => ({ reference })),
  agent: [{ who: { display: 'x' } }],
})

test.each([
  ['a group with a member elsewhere', [group('g', [{ entity: { reference: ELSEWHERE } }])]],
  [
    'a group in a group',
    [
      group('g', [{ entity: { reference: 'Group/h' } }]),
      group('h', [{ entity: { reference: 'Patient/pa' } }]),
    ],
  ],
  ['a group, and no group is offered', []],
])(
  'J31 a list leaves out a visit of %s, on each of its pages, and counts the others',
  async (_what, groups) => {
    const visits = [visit('v0', 'Patient/pa'), visit('v1', 'Group/g'), visit('v2', 'Patient/pb')]
    await startWith(() => [], [...groups, ...visits], 'Encounter')
    const { json: all } = await gateway.get('Encounter?_total=accurate', 'TC')
    const idsOf = (bundle: { entry?: { resource: { id: string } }[] }) =>
      bundle.entry?.map(({ resource }) => resource.id)
    expect([all.total, idsOf(all)]).toEqual([2, ['v0', 'v2']])
    expect((await gateway.entries()).map(({ patient }) => patient).sort()).toEqual(['pa', 'pb'])
    const found: string[] = []
    for (let next: string | undefined = 'Encounter?_count=1'; next; ) {
      const { status, json: bundle } = await gateway.get(next, 'TC')
      expect(status).toBe(200)
      found.push(...(idsOf(bundle) ?? []))
      next = bundle.link.find(({ relation }: { relation: string }) => relation === 'next')?.url
    }
    expect(found).toEqual(['v0', 'v2'])
  },
)

test.each([
  ['of a type that is not served', 'RiskAssessment/r', [{ resourceType: 'RiskAssessment', id: 'r' }]],
  ['of a type that is not offered', 'Encounter/e', []],
])(
  'J31 nobody reads a Provenance with a target %s but the patient in whose record it is',
  async (_what, target, others) => {
    await startWith(() => [], [provenance('p', 'Patient/pa', target), ...others])
    expect((await gateway.get('Provenance/p', 'TC')).status).toBe(404)
    expect((await gateway.get('Provenance/p', 'TA')).status).toBe(200)
  },
)

test('J31 a count inside one record counts only what is shown there, and is logged for the same patients', async () => {
  const rows = [
    provenance('pa-alone', 'Patient/pa'),
    provenance('both', 'Patient/pa', 'Patient/pb'),
    provenance('stray', 'Patient/pa', 'Patient/pb', 'Group/g'),
  ]
  await startWith(() => [], [group('g', [{ entity: { reference: ELSEWHERE } }]), ...rows], 'Provenance')
  const { json: list } = await gateway.get('Provenance', 'TA')
  const listed = (await gateway.entries()).map(({ patient }) => patient)
  const { json: count } = await gateway.get('Provenance?_summary=count', 'TA')
  expect([list.entry.length, list.total, count.total]).toEqual([2, 2, 2])
  expect((await gateway.entries()).map(({ patient }) => patient)).toEqual(listed)
  expect(listed.toSorted()).toEqual(['pa', 'pb'])
})
