import { afterEach, describe, expect, test } from 'vitest'
import { observation } from '../fixtures/canary.ts'
import { type Answer, attack } from './attack.ts'
import type { Holder } from './people.ts'
import { storedRecord } from './stored-record.ts'

const anna = attack()
afterEach(() => anna.server.mendLog())

const post = (bundle: object, as: Holder = 'TA') =>
  anna.send('/fhir', {
    as,
    method: 'POST',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify(bundle),
  })

const batch = (entry: readonly object[], as: Holder = 'TA') =>
  post({ resourceType: 'Bundle', type: 'batch', entry }, as)

const get = (url: string, more: object = {}) => ({ request: { method: 'GET', url, ...more } })

interface Part {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into any shape
  readonly response: { readonly status: string; readonly etag?: string; readonly outcome?: any }
  // biome-ignore lint/suspicious/noExplicitAny: tests look into any shape
  readonly resource?: any
}

const partsOf = ({ json }: Answer): readonly Part[] => {
  expect(json).toMatchObject({ resourceType: 'Bundle', type: 'batch-response' })
  return json.entry
}

const statusesOf = (answer: Answer) =>
  partsOf(answer).map(({ response }) => Number(response.status.slice(0, 3)))

/** The only answer in a batch of one. */
const single = async (entry: object, as: Holder = 'TA'): Promise<Part & { status: number }> => {
  const [part] = partsOf(await batch([entry], as))
  if (!part) throw new Error('The batch has no answer.')
  return { ...part, status: Number(part.response.status.slice(0, 3)) }
}

const loggedFor = async ({ headers }: Answer) => {
  const rows = await anna.server.store.db
    .selectFrom('audit_event')
    .select(['patient', 'subtype', 'outcome', 'json'])
    .where('request_id', '=', headers.get('x-request-id') ?? '')
    .orderBy('seq')
    .execute()
  return rows.map(({ json, ...row }) => ({ ...row, event: JSON.parse(json) }))
}

describe('B18 an entry of a batch is answered like a request of its own', () => {
  test.each([
    'Patient/pb',
    'Observation/b-obs1',
    'Observation/b-obs-focus',
    'Group/g1',
    'Device/b-dev',
    'Patient/pb/$everything/x',
    'Observation/no-such-id',
  ])('%s: 404, as if it had never existed', async (url) => {
    const { status, resource, response } = await single(get(url))
    expect(status).toBe(404)
    expect(resource).toBeUndefined()
    expect(response.etag).toBeUndefined()
    const missing = await single(get('Patient/no-such-id'))
    expect(response.outcome.issue[0].code).toBe('not-found')
    expect(response).toEqual(missing.response)
  })

  test('F60 an unsupported form is refused alike for every id', async () => {
    const refusal = await single(get('Patient/pb/_history'))
    expect([refusal.status, refusal.response.outcome.issue[0].code]).toEqual([400, 'not-supported'])
    for (const id of ['no-such-id', 'pa'])
      expect(await single(get(`Patient/${id}/_history`))).toEqual(refusal)
  })

  test('knowing a version gives no access', async () => {
    expect((await single(get('Observation/b-obs1', { ifNoneMatch: 'W/"1"' }))).status).toBe(404)
    expect((await single(get('Observation/a-obs1', { ifNoneMatch: 'W/"1"' }))).status).toBe(304)
  })

  test.each(['Observation?patient=pb', 'Observation?_id=b-obs1', 'Observation?subject=Patient/pb&_count=0'])(
    '%s: nothing found',
    async (url) => {
      const { status, resource } = await single(get(url))
      expect(status).toBe(200)
      expect(resource).toMatchObject({ type: 'searchset', total: 0 })
      expect(resource.entry).toBeUndefined()
    },
  )

  test.each([
    'Observation?subject:Patient.name=ZZCANARYB',
    'Patient?_has:Observation:subject:code=only-b',
    'Observation?_include=*',
    'Patient/pa?access_token=in-the-address',
  ])('%s: refused', async (url) => {
    expect((await single(get(url))).status).toBe(400)
  })

  test("an include brings only resources of the patient's own record", async () => {
    const { resource } = await single(get('Observation?_id=a-obs1&_revinclude=Provenance:target'))
    expect(resource.entry.map((entry: { resource: { id: string } }) => entry.resource.id)).toEqual([
      'a-obs1',
      'a-prov',
    ])
  })

  test('an address that begins with the base is taken as relative to it', async () => {
    const base = `${anna.server.url}/fhir`
    expect((await single(get(`${base}/Patient/pa`))).status).toBe(200)
    expect((await single(get(`${base}/Patient/pb`))).status).toBe(404)
  })

  test.each([
    ['of another origin', () => 'https://evil.test/fhir/Patient/pb'],
    ['of an origin that begins with this one', () => `${anna.server.url}.evil.test/fhir/Patient/pa`],
    ['with somebody before the host', () => anna.server.url.replace('//', '//localhost@')],
    ['without a scheme', () => '//evil.test/fhir/Patient/pa'],
    ['beside the base', () => `${anna.server.url}/fhirs/Patient/pa`],
    ['above the base', () => `${anna.server.url}/fhir/../account`],
    ['without a scheme and with one slash more', () => '///fhir/Patient/pa'],
    ['of another scheme', () => 'file:///etc/passwd'],
    ['of a script', () => 'javascript:alert(1)'],
    ['with a space', () => 'Patient/pa HTTP/1.1'],
    ['with a line', () => 'Patient/pa\r\nx: y'],
    ['with a fragment', () => 'Patient/pa#pb'],
    ['that is none', () => 17 as unknown as string],
  ])('an address %s: 400, and nothing is fetched', async (_name, url) => {
    const { status, resource } = await single(get(url()))
    expect(status).toBe(400)
    expect(resource).toBeUndefined()
  })

  test.each([
    'Patient/../Patient/pb',
    'Patient/%2e%2e/Patient/pb',
    '../account',
    '/../account',
    '/fhir/Patient/pa',
    'Patient%2Fpb',
    '',
    '/',
  ])('a path that leads out of the base, %s: nothing is there', async (url) => {
    const { status, resource } = await single(get(url))
    expect([400, 404]).toContain(status)
    expect(resource).toBeUndefined()
  })

  test('an address with a slash in front is taken as relative to the base', async () => {
    expect((await single(get('/Patient/pa'))).status).toBe(200)
    expect((await single(get('/Patient/pb'))).status).toBe(404)
  })

  test('a batch in a batch, and an entry that is not an entry: 400', async () => {
    const inner = { resourceType: 'Bundle', type: 'batch', entry: [get('Patient/pa')] }
    for (const entry of [
      { request: { method: 'POST', url: '' }, resource: inner },
      { ...get('Patient/pa'), resource: inner },
      {},
      { request: null },
      { request: [] },
      [],
      null,
      'Patient/pa',
    ])
      expect((await single(entry as object)).status, JSON.stringify(entry)).toBe(400)
  })

  test('each type is answered by its own scopes, and no scope covers another type', async () => {
    const entries = [
      get('Observation/a-obs1'),
      get('Patient/pa'),
      get('Condition?patient=pa'),
      get('Observation'),
    ]
    expect(statusesOf(await batch(entries, 'TAobs'))).toEqual([200, 403, 403, 200])
    const foreign = await batch([get('Patient/pb'), get('Patient/pa'), get('Patient/pb')])
    expect(statusesOf(foreign)).toEqual([404, 200, 404])
  })

  test('a clinician gets what was hidden from the patient, so it is the access check that hides it', async () => {
    const answer = await batch([get('Patient/pb'), get('Observation?_id=b-obs1')], 'TC')
    expect(statusesOf(answer)).toEqual([200, 200])
    expect(partsOf(answer)[1]?.resource.total).toBe(1)
  })
})

describe('B18 each entry is logged on its own', () => {
  test('in their order, with request, outcome and patient of each', async () => {
    const answer = await batch([
      get('Patient/pa'),
      get('Patient/pb'),
      get('Observation?patient=pb'),
      get('https://evil.test/fhir/Patient/pb'),
      { request: { method: 'DELETE', url: 'Observation/a-obs1' } },
    ])
    expect(statusesOf(answer)).toEqual([200, 404, 200, 400, 405])
    const entries = await loggedFor(answer)
    expect(entries.map(({ outcome, patient, subtype }) => [outcome, patient, subtype])).toEqual([
      ['0', 'pa', 'read'],
      ['4', 'pa', 'read'],
      ['0', 'pa', 'search'],
      ['4', 'pa', 'other'],
      ['4', 'pa', 'other'],
    ])
    // Whoever reads the log of Anna learns that something was asked for in vain, and not whose it would be.
    const [, inVain] = entries
    expect(JSON.stringify(inVain?.event)).not.toContain('Patient/pb')
    expect(JSON.stringify(inVain?.event.entity)).toContain(btoa('Patient/[id]'))
    expect(entries.every(({ event }) => !JSON.stringify(event).includes('ZZCANARY'))).toBe(true)
  })

  test('if one cannot be logged, no part of the batch is answered', async () => {
    await anna.token('TA')
    await anna.server.breakLog()
    const answer = await batch([get('Patient/pa'), get('Observation')])
    expect(answer.status).toBe(503)
    expect(answer.text).not.toMatch(/ZZCANARY|"(pa|a-obs1)"/)
  })
})

const writes = [
  { request: { method: 'POST', url: 'Observation' }, resource: observation('a-new', 'pa') },
  { request: { method: 'PUT', url: 'Observation/a-obs1' }, resource: observation('a-obs1', 'pb') },
  { request: { method: 'PUT', url: 'Observation/b-obs1' }, resource: observation('b-obs1', 'pa') },
  { request: { method: 'PATCH', url: 'Observation/a-obs1' } },
  { request: { method: 'DELETE', url: 'Observation/a-obs1' } },
]

describe('C05 an address in a batch may be no longer than the address of a request', () => {
  test.each([
    ['of many segments', 400, 'a/'.repeat(450_000)],
    ['of many parameters', 400, `Observation?${'_id&'.repeat(5_000)}`],
    ['of many escapes', 400, '%41'.repeat(300_000)],
    ['of many segments, within that length', 404, 'a/'.repeat(8_000)],
    ['of many parameters, within that length', 400, `Observation?${'_id&'.repeat(4_000)}`],
  ])('%s: %i, and its entry in the log is short', async (_what, status, url) => {
    const answer = await batch([get(url)])
    expect(statusesOf(answer)).toEqual([status])
    const [entry] = await loggedFor(answer)
    expect(JSON.stringify(entry?.event).length).toBeLessThan(4_000)
  })
})

test('C05 an ifNoneMatch in a batch that is longer than a header may be is not read', async () => {
  const entries = [',', ','.repeat(16_000), ','.repeat(17_000)].map((more) =>
    get('Patient/pa', { ifNoneMatch: `${more}*` }),
  )
  expect(statusesOf(await batch(entries))).toEqual([304, 304, 200])
})

describe('B20 an entry of a batch cannot write either', () => {
  test.each(writes)('$request.method $request.url: 405, whoever asks', async (entry) => {
    const before = await storedRecord(anna.server.store)
    for (const as of ['TA', 'TC'] as const) expect((await single(entry, as)).status).toBe(405)
    expect(await storedRecord(anna.server.store)).toEqual(before)
  })
})

describe('B19 a transaction is refused whole, its reads included: nothing is stored or answered', () => {
  test.each([
    ['a write that would be forbidden beside a read', [get('Patient/pa'), ...writes.slice(2, 3)]],
    ['a write of the own record beside one of another', writes.slice(0, 3)],
    ['reads alone', [get('Patient/pa'), get('Observation')]],
    ['nothing', []],
  ])('%s', async (_name, entry) => {
    const before = await storedRecord(anna.server.store)
    for (const as of ['TA', 'TC'] as const) {
      const answer = await post({ resourceType: 'Bundle', type: 'transaction', entry }, as)
      expect(answer.status).toBe(400)
      expect(answer.json.resourceType).toBe('OperationOutcome')
      expect(answer.json.issue[0].diagnostics).toContain('transaction')
      expect(answer.text).not.toMatch(/ZZCANARY/)
      expect((await loggedFor(answer)).map(({ outcome, patient }) => [outcome, patient])).toEqual([
        ['4', as === 'TA' ? 'pa' : null],
      ])
    }
    expect(await storedRecord(anna.server.store)).toEqual(before)
  })

  test.each(['history', 'document', 'collection', 'batch-response', 'Transaction', undefined])(
    'a Bundle of the type %s does not get around that',
    async (type) => {
      const answer = await post({ resourceType: 'Bundle', type, entry: writes })
      expect(answer.status).toBe(400)
      expect(answer.json.resourceType).toBe('OperationOutcome')
    },
  )
})
