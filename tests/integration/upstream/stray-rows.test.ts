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
  ['a name in no address', { reference: 'urn:uuid:6a5b7d5e-8a4c-4d7c-9f6e-000000000001' }],
]

/** Starts a gateway in front of these Observations. */
const startWith = async (observations: () => readonly { id: string }[]): Promise<void> => {
  server = await startRecordingServer(({ path, form, query }) => {
    if (path === '/fhir/metadata') return json(statement)
    const rows = observations()
    const row = rows.find(({ id }) => path === `/fhir/Observation/${id}`)
    if (row) return json(row)
    const isSearch = path.startsWith('/fhir/Observation') && !form.has('_id') && !query.has('_id')
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
    expect(gateway.reports.filter((line) => line.includes('nobody reads it'))).toEqual([
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

test('J31 a performer elsewhere who is no patient keeps nobody out', async () => {
  const performer = [
    { reference: 'urn:uuid:6a5b7d5e-8a4c-4d7c-9f6e-000000000001', type: 'Practitioner' },
    { reference: 'https://staff.example/fhir/Organization/o' },
    { display: 'Dr. Lind' },
  ]
  await startWith(() => [observation('own', 'pa', { performer })])
  expect(await found('TA')).toEqual(['own'])
})
