import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { putResources } from '../../../server/fhir/index/put-resource.ts'
import { observation } from '../../fixtures/canary.ts'
import { engines } from '../../fixtures/store.ts'
import { crossLinkedRecords } from './cross-linked-records.ts'
import {
  type Answer,
  BASE,
  type GuardedServer,
  START,
  startGuarded,
  type TokenName,
} from './guarded-server.ts'

const CANARY_B = 'ZZCANARYB'
const get = (url: string, more: object = {}) => ({ request: { method: 'GET', url, ...more } })

describe.each(engines)('on %s', (engine) => {
  let server: GuardedServer
  beforeAll(async () => {
    server = await startGuarded(crossLinkedRecords, engine)
  })
  afterAll(() => server.close())
  beforeEach(async () => {
    server.breakWrites = false
    await server.entries()
  })

  const post = (payload: unknown, token?: TokenName, headers: Record<string, string> = {}): Promise<Answer> =>
    server.get('', token, {
      method: 'POST',
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
      headers: { 'content-type': 'application/fhir+json', ...headers },
    })
  const batch = (entry: readonly unknown[], token?: TokenName) =>
    post({ resourceType: 'Bundle', type: 'batch', entry }, token)
  const statuses = ({ json }: Answer): number[] =>
    json.entry.map(({ response }: { response: { status: string } }) => Number(response.status.slice(0, 3)))

  describe('S21 a batch is checked entry by entry', () => {
    test('each is answered in order, as it would be alone', async () => {
      const urls = [
        'Patient/pa',
        'Observation?code=29463-7&_count=1',
        'Organization/org',
        'Patient/pb',
        'Nothing/1',
        'Patient?_filter=x',
      ]
      const answer = await batch(
        urls.map((url) => get(url)),
        'TA',
      )
      expect(answer.status).toBe(200)
      expect(answer.json).toMatchObject({ resourceType: 'Bundle', type: 'batch-response' })
      expect(answer.json.entry).toHaveLength(urls.length)
      for (const [index, url] of urls.entries()) {
        const alone = await server.get(url, 'TA')
        const { response, resource, fullUrl } = answer.json.entry[index]
        expect(Number(response.status.slice(0, 3)), url).toBe(alone.status)
        if (alone.status === 200) expect(withoutLinks(resource)).toEqual(withoutLinks(alone.json))
        else expect(response.outcome).toEqual(alone.json)
        if (resource && resource.resourceType !== 'Bundle') {
          expect(fullUrl).toBe(`${BASE}/${url}`)
          expect(response.etag).toBe(alone.headers.etag)
          expect(Date.parse(response.lastModified)).toBe(Date.parse(String(alone.headers['last-modified'])))
        }
      }
    })

    test("each is allowed by the scope of its type, and by no other entry's", async () => {
      const answer = await batch(
        ['Observation/a-obs1', 'Patient/pa', 'Condition?patient=pa', 'Observation?patient=pb'].map((url) =>
          get(url),
        ),
        'TAobs',
      )
      expect(statuses(answer)).toEqual([200, 403, 403, 200])
      expect(answer.json.entry[3].resource.total).toBe(0)
    })

    test('without any right every entry is 403, and without a token nothing is checked', async () => {
      const entries = [get('Patient/pa'), get('Patient'), get('Observation')]
      expect(statuses(await batch(entries, 'TAnone'))).toEqual([403, 403, 403])
      const stranger = await batch(entries)
      expect(stranger.status).toBe(401)
      expect(stranger.headers['www-authenticate']).toMatch(/^Bearer/)
      expect(stranger.json.resourceType).toBe('OperationOutcome')
    })

    test('page links work inside a batch, for their owner only', async () => {
      const first = await batch([get('Observation?_count=1')], 'TA')
      const next = first.json.entry[0].resource.link.find(
        ({ relation }: { relation: string }) => relation === 'next',
      ).url
      const second = await batch([get(next)], 'TA')
      expect(second.json.entry[0].resource.entry).toHaveLength(1)
      expect(statuses(await batch([get(next)], 'TC'))).toEqual([403])
    })
  })

  describe('B18 nothing of another patient is reached through an entry', () => {
    const foreign = [
      get('Patient/pb'),
      get('Observation?patient=pb'),
      get(`${BASE}/Observation/b-obs1`),
      get(`${BASE}/Observation?_id=b-obs-focus`),
      get('Observation/b-obs1', { ifNoneMatch: 'W/"1"' }),
    ]

    test('by a relative or an absolute address', async () => {
      const answer = await batch(foreign, 'TA')
      expect(statuses(answer)).toEqual([404, 200, 404, 200, 404])
      expect(answer.text).not.toContain(CANARY_B)
      for (const at of [1, 3]) expect(answer.json.entry[at].resource.total).toBe(0)
      expect((await batch(foreign, 'TC')).text).toContain(CANARY_B)
    })

    test.each([
      ['another host', 'https://evil.test/fhir/Patient/pa'],
      ['a host that begins like ours', `${BASE.replace('3999', '39990')}/Patient/pa`],
      ['a path that begins like ours', `${BASE}s/Patient/pa`],
      ['somebody at our host', BASE.replace('http://', 'http://a@').concat('/Patient/pa')],
      ['a path out of the base', `${BASE}/../Patient/pa`],
      ['no scheme', '//localhost:3999/fhir/Patient/pa'],
      ['no scheme and one slash more', '///fhir/Patient/pa'],
      ['another scheme', 'file:///fhir/Patient/pa'],
      ['a fragment', 'Patient/pa#x'],
      ['a space', 'Patient/ pa'],
      ['no text', 7],
    ])('%s is 400', async (_name, url) => {
      expect(statuses(await batch([get(url as string)], 'TA'))).toEqual([400])
    })

    test('by a batch in a batch, a posted search, or a write', async () => {
      const { resourceType, type, entry } = { resourceType: 'Bundle', type: 'batch', entry: foreign }
      const answer = await batch(
        [
          { resource: { resourceType, type, entry }, request: { method: 'POST', url: '' } },
          { resource: { resourceType, type, entry }, request: { method: 'GET', url: 'Patient/pa' } },
          { request: { method: 'POST', url: 'Observation/_search?patient=pa' } },
          { resource: { resourceType: 'Patient', id: 'pa' }, request: { method: 'PUT', url: 'Patient/pa' } },
          { request: { method: 'DELETE', url: 'Patient/pa' } },
          get('metadata'),
          get(''),
          {},
          'nonsense',
          null,
        ],
        'TA',
      )
      expect(statuses(answer)).toEqual([400, 400, 405, 405, 405, 400, 400, 400, 400, 400])
      for (const { response } of answer.json.entry)
        expect(response.outcome.resourceType).toBe('OperationOutcome')
      expect((await server.get('Patient/pa', 'TA')).json.meta.versionId).toBe('1')
    })
  })

  test('an entry with ifNoneMatch is not sent again', async () => {
    const answer = await batch(
      [get('Patient/pa', { ifNoneMatch: 'W/"1"' }), get('Patient/pa', { ifNoneMatch: 'W/"2"' })],
      'TA',
    )
    expect(statuses(answer)).toEqual([304, 200])
    expect(answer.json.entry[0]).toEqual({
      response: { status: '304 Not Modified', etag: 'W/"1"', lastModified: expect.any(String) },
    })
  })

  describe('B19 a transaction is refused as a whole', () => {
    test('nothing is stored, nothing is read, and the refusal is logged', async () => {
      const answer = await post(
        {
          resourceType: 'Bundle',
          type: 'transaction',
          entry: [
            get('Patient/pa'),
            {
              resource: { resourceType: 'Observation', id: 'x' },
              request: { method: 'PUT', url: 'Observation/x' },
            },
          ],
        },
        'TC',
      )
      expect(answer.status).toBe(400)
      expect(answer.json).toMatchObject({
        resourceType: 'OperationOutcome',
        issue: [{ code: 'not-supported' }],
      })
      expect(await server.entries()).toMatchObject([{ subtype: 'other', outcome: '4', patient: null }])
      expect((await server.get('Observation/x', 'TC')).status).toBe(404)
    })
  })

  describe('a whole batch is refused', () => {
    test.each([
      ['that is no JSON', '{', 400],
      ['that is nested without end', '['.repeat(100_000), 400],
      ['that is no Bundle', { resourceType: 'Patient' }, 400],
      ['that is empty', '', 400],
      ['of another type', { resourceType: 'Bundle', type: 'searchset' }, 400],
      ['whose entries are no list', { resourceType: 'Bundle', type: 'batch', entry: {} }, 400],
      [
        'of 51 entries',
        { resourceType: 'Bundle', type: 'batch', entry: Array(51).fill(get('Patient/pa')) },
        400,
      ],
      ['larger than 1 MB', `"${'x'.repeat(1_100_000)}"`, 413],
    ])('%s', async (_name, payload, status) => {
      const answer = await post(payload, 'TA')
      expect(answer.status).toBe(status)
      expect(answer.json.resourceType).toBe('OperationOutcome')
      expect(await server.entries()).toMatchObject([{ outcome: '4', patient: 'pa' }])
    })

    test('in another format', async () => {
      const bundle = { resourceType: 'Bundle', type: 'batch', entry: [get('Patient/pa')] }
      expect((await post(bundle, 'TA', { 'content-type': 'application/fhir+xml' })).status).toBe(415)
      expect((await post(bundle, 'TA', { accept: 'application/fhir+xml' })).status).toBe(406)
    })
  })

  describe('D04 in the access log', () => {
    test('each entry is logged on its own, once for each patient, with the request id', async () => {
      const answer = await post(
        {
          resourceType: 'Bundle',
          type: 'batch',
          entry: [
            get('Patient/pb'),
            get('Observation?_id=a-obs1,b-obs1'),
            get('Nothing/1'),
            get('Organization/org'),
          ],
        },
        'TC',
      )
      expect(statuses(answer)).toEqual([200, 200, 404, 200])
      const entries = await server.entries()
      expect(
        entries.map(({ subtype, patient, outcome, query }) => [subtype, patient, outcome, query]),
      ).toEqual([
        ['read', 'pb', '0', undefined],
        ['search', expect.stringMatching(/^p[ab]$/), '0', 'Observation?_id=a-obs1'],
        ['search', expect.stringMatching(/^p[ab]$/), '0', 'Observation?_id=b-obs1'],
        ['other', null, '4', '[id]/[id]'],
        ['read', null, '0', undefined],
      ])
      expect(new Set(entries.map(({ request_id }) => request_id)).size).toBe(1)
    })

    test('50 entries about two patients are all logged', async () => {
      const entries = Array.from({ length: 50 }, (_, index) => get(index % 2 ? 'Patient/pa' : 'Patient/pb'))
      expect(statuses(await batch(entries, 'TC'))).toEqual(Array(50).fill(200))
      const logged = await server.entries()
      expect(logged.filter(({ patient }) => patient === 'pa')).toHaveLength(25)
      expect(logged.filter(({ patient }) => patient === 'pb')).toHaveLength(25)
    })

    test('an empty batch is logged too, and a token in an address is not', async () => {
      expect((await batch([], 'TA')).json).toEqual({ resourceType: 'Bundle', type: 'batch-response' })
      expect(await server.entries()).toMatchObject([{ subtype: 'other', outcome: '0' }])
      expect(statuses(await batch([get('Patient?access_token=SECRETTOKEN&name=x')], 'TA'))).toEqual([400])
      const [entry] = await server.entries()
      expect(entry?.query).toBe('Patient?name=')
    })

    test('if it cannot be logged, nothing is answered', async () => {
      server.breakWrites = true
      const answer = await batch([get('Patient/pa'), get('Observation')], 'TA')
      expect(answer.status).toBe(503)
      expect(answer.text).not.toContain('ZZCANARY')
      expect(await server.entries()).toEqual([])
    })
  })
})

/** Page links are sealed again each time, so they differ. */
const withoutLinks = ({ link, ...rest }: { link?: unknown }) => rest

test('a batch whose answers exceed 16 MB refuses the remaining entries, each in the log', async () => {
  const server = await startGuarded([{ resourceType: 'Patient', id: 'pa' }])
  const note = [{ text: 'x'.repeat(4_000) }]
  const sources = Array.from({ length: 200 }, (_, index) => ({
    resource: observation(`a${index}`, 'pa', { note }),
  }))
  await server.store.write((trx) => putResources(trx, sources, START))
  const answer = await server.get('', 'TA', {
    method: 'POST',
    payload: JSON.stringify({
      resourceType: 'Bundle',
      type: 'batch',
      entry: Array(30).fill(get('Observation?_count=200')),
    }),
    headers: { 'content-type': 'application/json' },
  })
  const statuses: string[] = answer.json.entry.map(
    ({ response }: { response: { status: string } }) => response.status,
  )
  const firstRefusal = statuses.indexOf('413 Payload Too Large')
  expect(firstRefusal).toBeGreaterThan(10)
  expect(new Set(statuses.slice(0, firstRefusal))).toEqual(new Set(['200 OK']))
  expect(new Set(statuses.slice(firstRefusal))).toEqual(new Set(['413 Payload Too Large']))
  expect(answer.json.entry.at(-1).response.outcome.issue[0].code).toBe('too-costly')
  const entries = await server.entries()
  expect(entries.map(({ outcome }) => outcome)).toEqual([
    ...Array(firstRefusal).fill('0'),
    ...Array(30 - firstRefusal).fill('4'),
  ])
  await server.close()
})
