import { afterAll, beforeAll, expect, test } from 'vitest'
import { putResource } from '../../fixtures/put-resource.ts'
import { type GuardedServer, START, startGuarded } from './guarded-server.ts'

let server: GuardedServer
beforeAll(async () => {
  server = await startGuarded([])
})
afterAll(() => server.close())

const put = (resource: unknown, text?: string) =>
  server.store.write((trx) => putResource(trx, resource, START, text))

const total = async (path: string): Promise<number> => (await server.get(path, 'TC')).json.total

test('a resource is read with its version and the time it was stored', async () => {
  expect(
    await put({ resourceType: 'Patient', id: 'meta', meta: { profile: ['urn:p'], versionId: '9' } }),
  ).toBe('created')
  const answer = await server.get('Patient/meta', 'TC')
  expect(answer.headers).toMatchObject({
    etag: 'W/"1"',
    'last-modified': new Date(START).toUTCString(),
    'content-type': 'application/fhir+json; charset=utf-8',
  })
  expect(answer.json.meta).toEqual({
    profile: ['urn:p'],
    versionId: '1',
    lastUpdated: '2026-01-01T00:00:00.000Z',
  })
})

test('a new version replaces the previous one, its values and its compartments', async () => {
  await put({
    resourceType: 'Observation',
    id: 'moved',
    subject: { reference: 'Patient/pa' },
    status: 'final',
  })
  const movedResource = {
    resourceType: 'Observation',
    id: 'moved',
    subject: { reference: 'Patient/pb' },
    status: 'amended',
  }
  expect(await put(movedResource)).toBe('replaced')
  expect((await server.get('Observation/moved', 'TC')).headers.etag).toBe('W/"2"')
  expect((await server.get('Observation/moved', 'TA')).status).toBe(404)
  expect(await total('Observation?patient=pa')).toBe(0)
  expect(await total('Observation?patient=pb&status=amended')).toBe(1)
  expect(await total('Observation?status=final')).toBe(0)
})

test('decimals keep the digits of the source', async () => {
  const text =
    '{"resourceType":"Observation","id":"digits","valueQuantity":{"value":1.10},"x":[1e3,-0,0.1234567890123456789]}'
  await put(JSON.parse(text), text)
  const answer = await server.get('Observation/digits', 'TC')
  expect(answer.text).toContain('"value":1.10}')
  expect(answer.text).toContain('[1e3,-0,0.1234567890123456789]')
  expect((await server.get('Observation?_id=digits', 'TC')).text).toContain('"value":1.10}')
})

test('a name such as __proto__ is an ordinary name', async () => {
  const text =
    '{"resourceType":"Patient","id":"proto","__proto__":{"isAdmin":true},"name":[{"family":"constructor"}]}'
  await put(JSON.parse(text), text)
  expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  expect(await total('Patient?family=constructor')).toBe(1)
})

test('more values than fit into one statement are all found', async () => {
  const identifier = Array.from({ length: 7000 }, (_, index) => ({ system: 'urn:many', value: `v${index}` }))
  await put({ resourceType: 'Patient', id: 'many', identifier })
  expect(await total('Patient?identifier=urn:many|v6999')).toBe(1)
})

const deep = JSON.parse(`${'{"extension":['.repeat(20_000)}1${']}'.repeat(20_000)}`)

test.each([
  ['not-a-resource', 'text'],
  ['not-a-resource', [{ resourceType: 'Patient' }]],
  ['unsupported-type', { resourceType: 'AuditEvent', id: 'forged' }],
  ['unsupported-type', { resourceType: '__proto__', id: 'x' }],
  ['missing-id', { resourceType: 'Patient' }],
  ['invalid-id', { resourceType: 'Patient', id: 'a/b' }],
  ['invalid-id', { resourceType: 'Patient', id: 7 }],
  ['invalid-id', { resourceType: 'Patient', id: '..' }],
  ['invalid-date', { resourceType: 'Patient', id: 'p', birthDate: '03.02.1970' }],
  ['invalid-date', { resourceType: 'Patient', id: 'p', birthDate: '1970-02-31' }],
  ['invalid-date', { resourceType: 'Observation', id: 'o', effectiveDateTime: '05.06.2026' }],
  ['invalid-date', { resourceType: 'Observation', id: 'o', effectivePeriod: { start: '2026-06-05T25:00Z' } }],
  ['too-deep', { resourceType: 'Patient', id: 'deep', extension: [deep] }],
  ['wrong-code', { resourceType: 'Observation', id: 'o', status: 'finall' }],
  ['wrong-code', { resourceType: 'Observation', id: 'o', status: 7 }],
  ['wrong-code', { resourceType: 'Encounter', id: 'o', status: 'Finished' }],
  ['wrong-code', { resourceType: 'MedicationRequest', id: 'o', status: 'in-progress' }],
  ['wrong-code', { resourceType: 'Immunization', id: 'o', status: '__proto__' }],
  ['wrong-code', { resourceType: 'Patient', id: 'p', gender: 'F' }],
  ['wrong-code', { resourceType: 'Patient', id: 'p', gender: { coding: [{ code: { toString: 0 } }] } }],
  ['wrong-code', { resourceType: 'Condition', id: 'c', clinicalStatus: { coding: [{ code: 'current' }] } }],
  [
    'wrong-code',
    { resourceType: 'AllergyIntolerance', id: 'a', verificationStatus: { coding: [{ code: 'sure' }] } },
  ],
])('refuses with %s', async (code, resource) => {
  await expect(put(resource)).rejects.toMatchObject({ code })
})

test('a refused code is named, with the codes that FHIR allows', async () => {
  const reversed = put({
    resourceType: 'Immunization',
    id: 'i',
    status: `\u202e${'given'.repeat(100)}\u0007`,
  })
  await expect(reversed).rejects.toThrow(/^Its status is "(given){11}give…", which/)
  await expect(put({ resourceType: 'Immunization', id: 'i', status: 'given' })).rejects.toThrow(
    'Its status is "given", which FHIR does not allow. It must be one of: completed, entered-in-error, not-done.',
  )
})

test.each([
  { resourceType: 'Observation', _status: { extension: [{ url: 'urn:x', valueCode: 'unknown' }] } },
  { resourceType: 'Condition', clinicalStatus: { text: 'getting better' } },
  { resourceType: 'Condition', clinicalStatus: { coding: [{ code: 'chronic' }, { code: 'active' }] } },
  { resourceType: 'DocumentReference', status: 'of a type that no page depends on' },
])(
  'accepts what states no code, a code beside its own, and what no page depends on: %j',
  async (resource) => {
    expect(await put({ id: crypto.randomUUID(), ...resource })).toBe('created')
  },
)
