import { generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRecordingServer } from '../../fakes/recording-server.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { type Algorithm, registerSignedClient, type SignedClient } from '../../fixtures/signed-client.ts'
import { engines } from '../../fixtures/store.ts'

const forItself = { grant_type: 'client_credentials', scope: 'system/Observation.rs' }
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

describe.each(engines)('an application that acts on its own behalf, on %s', (store) => {
  let clinic: TestOrganization
  let job: SignedClient
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    job = await registerSignedClient(clinic)
  })
  afterAll(() => clinic.close())
  // The deliberate failures must not trigger the limit for an application (A23).
  beforeEach(() => clinic.store.write((trx) => trx.deleteFrom('rate_limit').execute()))

  it.each<Algorithm>(['RS384', 'ES384'])('S15 gets a token with an assertion by %s', async (algorithm) => {
    const client = await registerSignedClient(clinic, { algorithm })
    const response = await client.request(forItself)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toContain('no-store')
    const token = (await response.json()) as { access_token: string }
    expect(token).toMatchObject({ token_type: 'Bearer', scope: 'system/Observation.rs', expires_in: 300 })
    const read = (path: string) =>
      fetch(`${clinic.url}/fhir/${path}`, { headers: { authorization: `Bearer ${token.access_token}` } })
    const contents = await read('Observation?_count=1')
    expect(contents.status).toBe(200)
    expect((await contents.json()) as object).toMatchObject({ resourceType: 'Bundle' })
    expect((await read('Patient?_count=1')).status).toBe(403)
    const entries = await clinic.store.db
      .selectFrom('audit_event')
      .select(['subtype', 'agent'])
      .where('client_id', '=', client.clientId)
      .where((eb) => eb.or([eb('subtype', '=', 'token'), eb('outcome', '=', '4')]))
      .orderBy('seq')
      .execute()
    // A refusal too, because the token proves who asked.
    expect(entries).toEqual([
      { subtype: 'token', agent: null },
      { subtype: 'search', agent: null },
    ])
  })

  it('S15 finds the key behind jwks_uri by its kid', async () => {
    const keys: object[] = []
    const server = await startRecordingServer(() => ({
      body: { keys },
      headers: { 'content-type': 'application/json' },
    }))
    const client = await registerSignedClient(clinic, { jwks_uri: `${server.origin}/jwks` })
    keys.push(client.publicKey)
    expect((await client.request(forItself)).status).toBe(200)
    expect((await client.request(forItself)).status).toBe(200)
    for (let i = 0; i < 20; i += 1) {
      const unknown = await client.assertion({}, { kid: `unknown-${i}` })
      expect((await client.request(forItself, unknown)).status).toBe(401)
    }
    expect(server.requests.length).toBe(1)
    await server.close()
  })

  it('S15 A21 gets only the scope that it was registered for', async () => {
    const narrow = await registerSignedClient(clinic, { scope: 'system/Patient.r' })
    expect((await narrow.request(forItself)).status).toBe(400)
    const some = await narrow.request({ ...forItself, scope: 'system/Patient.r system/Observation.rs' })
    expect(await some.json()).toMatchObject({ scope: 'system/Patient.r' })
    const people = await job.request({ ...forItself, scope: 'patient/*.rs openid' })
    expect(await people.json()).toMatchObject({ error: 'invalid_scope' })
    const nothing = await job.request({ grant_type: 'client_credentials' })
    expect(await nothing.json()).toMatchObject({ error: 'invalid_scope' })
    const writing = await job.request({ ...forItself, scope: 'system/*.cruds' })
    expect(await writing.json()).toMatchObject({ scope: 'system/*.rs' })
    const body = new URLSearchParams({ ...forItself, client_id: 'carekey' })
    const extension = await fetch(`${clinic.url}/oauth/token`, { method: 'POST', body })
    expect(await extension.json()).toMatchObject({ error: 'unauthorized_client' })
  })

  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['ends in more than five minutes', { exp: inSeconds(3600) }, {}],
    ['has ended', { exp: inSeconds(-60) }, {}],
    ['is for another audience', { aud: 'https://other.test/token' }, {}],
    ['is by another issuer', { iss: 'somebody' }, {}],
    ['has no jti', { jti: undefined }, {}],
    ['has a kid that leads elsewhere', {}, { kid: '../../x' }],
    ['has another type', {}, { typ: 'dpop+jwt' }],
  ])('S15 A33 is refused with an assertion that %s', async (_what, claims, header) => {
    const response = await job.request(forItself, await job.assertion(claims, header))
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ error: 'invalid_client' })
  })

  it('A33 is refused without a signature, or with one made with its public key as the secret', async () => {
    const [, payload] = (await job.assertion()).split('.')
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
    expect((await job.request(forItself, none)).status).toBe(401)
    const secret = new TextEncoder().encode(JSON.stringify(job.publicKey))
    const hmac = await new SignJWT({ iss: job.clientId, sub: job.clientId, aud: clinic.url, jti: 'x' })
      .setProtectedHeader({ alg: 'HS256', kid: job.publicKey.kid ?? '' })
      .setExpirationTime('2m')
      .sign(secret)
    expect((await job.request(forItself, hmac)).status).toBe(401)
    const { privateKey } = await generateKeyPair('ES384')
    const stranger = await new SignJWT({ iss: job.clientId, sub: job.clientId, aud: clinic.url, jti: 'y' })
      .setProtectedHeader({ alg: 'ES384', kid: job.publicKey.kid ?? '' })
      .setExpirationTime('2m')
      .sign(privateKey)
    expect((await job.request(forItself, stranger)).status).toBe(401)
  })

  it('S15 A33 is refused when two of its keys have the same kid', async () => {
    const twin = await registerSignedClient(clinic, { client_id: 'twin' })
    const other = await registerSignedClient(clinic)
    const keys = [twin.publicKey, { ...other.publicKey, kid: twin.publicKey.kid }]
    const again = await registerSignedClient(clinic, { client_id: 'twin', jwks: { keys } as never })
    expect((await again.request(forItself, await twin.assertion())).status).toBe(401)
  })

  it('S15 can present an assertion once; of many at once, one succeeds', async () => {
    for (let round = 0; round < 10; round += 1) {
      const assertion = await job.assertion()
      const answers = await Promise.all(Array.from({ length: 8 }, () => job.request(forItself, assertion)))
      expect(answers.filter(({ status }) => status === 200).length).toBe(1)
      const refusals = answers.filter(({ status }) => status === 401)
      expect(refusals.length).toBe(7)
      for (const answer of refusals) expect(await answer.json()).toMatchObject({ error: 'invalid_client' })
    }
  })

  it('S15 uses its assertion up even when the rest of the request is refused', async () => {
    const assertion = await job.assertion()
    expect((await job.request({ ...forItself, scope: 'nothing' }, assertion)).status).toBe(400)
    expect((await job.request(forItself, assertion)).status).toBe(401)
  })

  it('S24 can see that its token is active', async () => {
    const { access_token } = (await (await job.request(forItself)).json()) as { access_token: string }
    const response = await fetch(`${clinic.url}/oauth/introspect`, {
      method: 'POST',
      body: new URLSearchParams({
        token: access_token,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await job.assertion(),
      }),
    })
    expect(await response.json()).toMatchObject({
      active: true,
      scope: 'system/Observation.rs',
      client_id: job.clientId,
      iss: clinic.url,
    })
  })
})
