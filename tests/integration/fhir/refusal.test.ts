import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { refusedRequests } from '../../fixtures/refused-requests.ts'
import { crossLinkedRecords } from './cross-linked-records.ts'
import { type GuardedServer, START, startGuarded } from './guarded-server.ts'

let server: GuardedServer
beforeAll(async () => {
  server = await startGuarded(crossLinkedRecords)
})
afterAll(() => server.close())
beforeEach(async () => {
  server.now = START
  server.breakWrites = false
  server.lines.length = 0
  await server.entries()
})

const bearer = (value: string) => ({ headers: { authorization: value } })

describe('without a valid token', () => {
  test.each([
    ['no header', {}, 'login_required'],
    ['an unknown token', bearer('Bearer nobody-knows-this'), 'invalid_token'],
    ['a refresh token', bearer('Bearer TA-refresh'), 'invalid_token'],
    ['an id_token', bearer('Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm5hIn0.'), 'invalid_token'],
    ['another scheme', bearer('Basic TA-token'), 'invalid_token'],
    ['two tokens', bearer('Bearer TA-token TA-token'), 'invalid_token'],
  ])('%s is 401, says how to sign in, and is counted', async (_name, options, reason) => {
    const before = (await refusedRequests(server.store)).by[`read ${reason}`] ?? 0
    const answer = await server.get('Patient/pa', undefined, options)
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/)
    expect(answer.json).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'login' }] })
    expect(answer.text).not.toContain('ZZCANARY')
    expect((await refusedRequests(server.store)).by[`read ${reason}`]).toBe(before + 1)
    expect(await server.entries()).toEqual([])
  })

  test('an expired one is 401', async () => {
    server.now = START + 3_600_000
    const answer = await server.get('Patient/pa', 'TA')
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"')
  })

  test('a token in the address is refused and not stored', async () => {
    const path = 'Patient?access_token=SECRETTOKEN&name=x'
    expect((await server.get(path)).status).toBe(401)
    expect(await server.entries()).toEqual([])
    expect((await server.get(path, 'TA')).status).toBe(400)
    expect(await server.entries()).toMatchObject([{ query: 'Patient?name=' }])
    await server.get('Patient?%61ccess_token=SECRETTOKEN', 'TA')
    expect(JSON.stringify(await server.entries())).not.toContain('SECRETTOKEN')
  })
})

describe('a request that cannot be answered', () => {
  test.each([
    ['GET', 'Patient?birthdate=lt', 400],
    ['GET', 'Patient?name:unknown=x', 400],
    ['GET', 'Patient?shoe=', 400],
    ['GET', 'Patient?_has:Observation:subject:code=X', 400],
    ['GET', 'Patient?_filter=x', 400],
    ['GET', 'Patient?_offset=1e9', 400],
    ['GET', 'Patient?_getpages=x', 400],
    ['GET', 'Patient?_page=x', 400],
    ['GET', 'Observation?_include:iterate=Observation:focus', 400],
    ['GET', 'Patient?_count=-1', 400],
    ['GET', 'Patient?_count=abc', 400],
    ['GET', 'Patient?_sort=name;DROP TABLE x', 400],
    ['GET', 'Nothing/1', 404],
    ['GET', 'Patient/a%20b', 404],
    ['GET', '', 400],
    ['POST', '', 400],
    ['PUT', '', 405],
    ['POST', 'Patient', 405],
    ['PUT', 'Patient/pa', 405],
    ['PATCH', 'Patient/pa', 405],
    ['DELETE', 'Patient/pa', 405],
    ['GET', 'Patient/_search', 405],
  ] as const)('%s %s is an OperationOutcome, logged once', async (method, path, status) => {
    const answer = await server.get(path, 'TA', { method })
    expect(answer.status).toBe(status)
    expect(answer.json.resourceType).toBe('OperationOutcome')
    expect(answer.text).not.toMatch(/sqlite|select|\.ts|node_modules/i)
    expect(await server.entries()).toMatchObject([{ outcome: '4', patient: 'pa' }])
  })

  test('is refused when it is too large', async () => {
    const many = 'x,'.repeat(200)
    const pairs = 'code=x&'.repeat(60)
    for (const query of [`name:contains=${'a'.repeat(9000)}`, `gender=${many}x`, `${pairs}gender=x`])
      expect((await server.get(`Patient?${query}`, 'TA')).status).toBe(400)
    const entries = (await server.entries()).map(({ query }) => query?.length ?? 0)
    expect(Math.max(...entries)).toBeLessThanOrEqual(8192)
  })

  test('is refused by type and size before it is read', async () => {
    const post = (contentType: string, payload: string) =>
      server.get('Patient/_search', 'TA', {
        method: 'POST',
        payload,
        headers: { 'content-type': contentType },
      })
    expect((await post('text/html', 'name=x')).status).toBe(415)
    expect((await post('application/json', '{}')).status).toBe(415)
    expect((await post('nonsense', 'name=x')).status).toBe(415)
    const tooLarge = `name=${'x'.repeat(1_100_000)}`
    expect((await post('application/x-www-form-urlencoded', tooLarge)).status).toBe(413)
    expect(await server.entries()).toHaveLength(4)
  })

  test('is refused by its Accept header after the access decision', async () => {
    const headers = { accept: 'application/fhir+xml' }
    expect((await server.get('Patient/pa', 'TA', { headers })).status).toBe(406)
    expect((await server.get('Patient/pa?_format=xml', 'TA')).status).toBe(406)
    expect((await server.get('Condition/a-con', 'TAobs', { headers })).status).toBe(403)
    expect((await server.get('Patient/pa?_format=json', 'TA', { headers })).status).toBe(200)
    expect((await server.get('Patient/pa?_format=application/fhir%2Bjson', 'TA')).status).toBe(200)
  })

  test('names the parameter it does not know, or leaves it out when handling is lenient', async () => {
    const headers = { prefer: 'handling=lenient' }
    const lenient = await server.get('Patient?shoe-size=44&family=zz', 'TA', { headers })
    expect(lenient.json.link[0].url).toMatch(/\/Patient\?family=zz$/)
    for (const prefer of [undefined, 'handling=strict', 'return=minimal']) {
      const strict = await server.get('Patient?shoe-size=44', 'TA', {
        headers: { ...(prefer && { prefer }) },
      })
      expect(strict.status).toBe(400)
      expect(strict.json.issue[0].diagnostics).toContain('shoe-size')
    }
    for (const query of ['name:soundex=x', '_filter=x', 'general-practitioner.name=x'])
      expect((await server.get(`Patient?${query}`, 'TA', { headers })).status).toBe(400)
  })
})

describe('when the access log cannot be written', () => {
  test.each(['Patient/pa', 'Observation', 'Patient/pb', 'Nothing/1'])(
    '%s is 503 without data',
    async (path) => {
      server.breakWrites = true
      const answer = await server.get(path, 'TA')
      expect(answer.status).toBe(503)
      expect(answer.headers['retry-after']).toBe('5')
      expect(answer.headers.etag).toBeUndefined()
      expect(answer.json.resourceType).toBe('OperationOutcome')
      expect(answer.text).not.toContain('ZZCANARY')
      expect(await server.entries()).toEqual([])
    },
  )

  test('the error is reported without the request', async () => {
    server.breakWrites = true
    await server.get('Patient?family=ZZCANARYA', 'TA')
    const reports = server.lines.filter((line) => line.includes('failed')).join('')
    expect(reports).toContain('group-commit.ts')
    expect(reports).not.toContain('ZZCANARYA')
  })
})

describe('the CapabilityStatement', () => {
  test('is public, not logged, and the same at both addresses', async () => {
    const answer = await server.get('metadata')
    expect(answer.json).toMatchObject({
      resourceType: 'CapabilityStatement',
      fhirVersion: '4.0.1',
      kind: 'instance',
      implementation: { description: 'Riverside Clinic', url: 'http://localhost:3999/fhir' },
    })
    const [oauth] = answer.json.rest[0].security.extension
    expect(oauth.extension).toContainEqual({ url: 'token', valueUri: 'http://localhost:3999/oauth/token' })
    expect(answer.text).not.toMatch(/fastify|kysely|sqlite/i)
    expect(await server.entries()).toEqual([])
    expect(
      (await server.get('metadata', undefined, { headers: { accept: 'application/fhir+xml' } })).status,
    ).toBe(406)
  })

  test('lists the searches that work, and no others', async () => {
    const { json } = await server.get('metadata')
    for (const { type, interaction } of json.rest[0].resource) {
      const searchable = interaction.some(({ code }: { code: string }) => code === 'search-type')
      const token = type === 'AuditEvent' ? 'TADM' : 'TC'
      expect((await server.get(type, token)).status).toBe(searchable ? 200 : 400)
    }
  })
})
