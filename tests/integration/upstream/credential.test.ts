import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeProtectedHeader, exportJWK, exportPKCS8 } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest'
import type { FhirAuthentication } from '../../../server/config.ts'
import { type RecordingServer, type Reply, startRecordingServer } from '../../fakes/recording-server.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { registerSignedClient } from '../../fixtures/signed-client.ts'
import { json, type Opened, open, statement } from './opened-upstream.ts'

const observation = { resourceType: 'Observation', id: 'o1' }
const TOKEN_TEXT = 'SECRET-token.1'
let folder: string
let opened: Opened | undefined
let server: RecordingServer | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-credential-'))
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(async () => {
  await opened?.upstream.close()
  await server?.close()
  opened = server = undefined
})

const secretFile = async (text: string, name = 'secret'): Promise<string> => {
  const file = join(folder, name)
  await writeFile(file, text)
  await chmod(file, 0o600)
  return file
}

const serve = async (answer: (authorization: string | undefined, path: string) => Reply | Promise<Reply>) => {
  server = await startRecordingServer(({ headers, path }) =>
    path === '/fhir/metadata' ? json(statement) : answer(headers.authorization, path),
  )
  return { base: `${server.origin}/fhir`, requests: server.requests }
}

const enter = async (
  base: string,
  authentication: FhirAuthentication,
  clock = Date.now,
  timeout = 5_000,
): Promise<Opened> => {
  opened = await open(base, { authentication, clock, timeout })
  return opened
}

describe('checklist G1 a secret from a file', () => {
  it('is sent as a bearer token, and read again when it is refused', async () => {
    const tokenFile = await secretFile(`${TOKEN_TEXT}\n`)
    const { base, requests } = await serve((authorization) =>
      authorization === 'Bearer NEW-token' ? json(observation) : { status: 401 },
    )
    const { upstream, lines } = await enter(base, { kind: 'bearer', tokenFile })
    await expect(upstream.read('Observation', 'o1')).rejects.toMatchObject({ status: 502 })
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${TOKEN_TEXT}`,
      `Bearer ${TOKEN_TEXT}`,
    ])
    await secretFile('NEW-token')
    expect(await upstream.read('Observation', 'o1')).toMatchObject({ id: 'o1' })
    expect(lines).toMatchObject([{ sentence: "the FHIR server upstream refuses Carekey's credential" }])
    await rm(tokenFile)
    expect(await upstream.read('Observation', 'o1')).toMatchObject({ id: 'o1' })
    expect(JSON.stringify(lines)).not.toMatch(/SECRET|NEW/)
  })

  it('is sent as Basic authentication', async () => {
    const passwordFile = await secretFile('pässword:1\n')
    const { base, requests } = await serve(() => json(observation))
    const { upstream } = await enter(base, { kind: 'basic', username: 'carekey', passwordFile })
    await upstream.read('Observation', 'o1')
    const [, encoded = ''] = requests.at(-1)?.headers.authorization?.split('Basic ') ?? []
    expect(Buffer.from(encoded, 'base64').toString()).toBe('carekey:pässword:1')
  })

  it.each<[string, string, (file: string) => FhirAuthentication]>([
    ['two words', 'SECRET one', (tokenFile) => ({ kind: 'bearer', tokenFile })],
    ['a line that would be a header', 'SECRET\r\nx: y', (tokenFile) => ({ kind: 'bearer', tokenFile })],
    ['no key', 'SECRET', (keyFile) => ({ kind: 'smart-backend', clientId: 'c', keyFile })],
    [
      'a JWK that is none',
      '{"kty":"SECRET"}',
      (keyFile) => ({ kind: 'smart-backend', clientId: 'c', keyFile }),
    ],
  ])(
    'that cannot be used is refused at start, without being quoted: %s',
    async (_name, text, authentication) => {
      const file = await secretFile(text)
      const refusal = await open('http://127.0.0.1:1/fhir', { authentication: authentication(file) }).catch(
        (error) => error,
      )
      expect(refusal.message).toContain(file)
      expect(`${refusal.message}${refusal.stack}`).not.toContain('SECRET')
    },
  )

  it('G05 is sent to no other address', async () => {
    const evil = await startRecordingServer(() => json(observation))
    const tokenFile = await secretFile(TOKEN_TEXT)
    const { base } = await serve(() => ({
      status: 307,
      headers: { location: `${evil.origin}/fhir/Observation/o1` },
    }))
    const { upstream } = await enter(base, { kind: 'bearer', tokenFile })
    await expect(upstream.read('Observation', 'o1')).rejects.toMatchObject({ status: 502 })
    await expect(upstream.follow(`@${evil.origin.slice('http://'.length)}/fhir`)).rejects.toMatchObject({
      status: 502,
    })
    expect(evil.requests).toEqual([])
    await evil.close()
  })
})

describe('checklist G1 SMART Backend Services', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
  })
  afterAll(() => clinic.close())

  it.each(['ES384', 'RS384'] as const)('reads another Carekey with a key as JWK (%s)', async (algorithm) => {
    const { clientId, privateKey, publicKey } = await registerSignedClient(clinic, { algorithm })
    const keyFile = await secretFile(JSON.stringify({ ...(await exportJWK(privateKey)), kid: publicKey.kid }))
    const { upstream } = await enter(`${clinic.url}/fhir`, { kind: 'smart-backend', clientId, keyFile })
    expect(await upstream.read('Patient', 'john-doe')).toMatchObject({ type: 'Patient', id: 'john-doe' })
    const { resources, next } = await upstream.search(
      'Observation',
      new URLSearchParams({ patient: 'john-doe', _count: '3' }),
    )
    expect(resources).toHaveLength(3)
    expect((await upstream.follow(next ?? '')).resources).toHaveLength(3)
  })

  it('names a PEM key by its thumbprint', async () => {
    const { calculateJwkThumbprint, generateKeyPair } = await import('jose')
    const { publicKey, privateKey } = await generateKeyPair('ES384', { extractable: true })
    const jwk = await exportJWK(publicKey)
    const kid = await calculateJwkThumbprint(jwk)
    const { clientId } = await registerSignedClient(clinic, {
      jwks: { keys: [{ ...jwk, kid, alg: 'ES384', use: 'sig' }] },
    } as object)
    const keyFile = await secretFile(await exportPKCS8(privateKey))
    const { upstream } = await enter(`${clinic.url}/fhir`, { kind: 'smart-backend', clientId, keyFile })
    expect(await upstream.read('Patient', 'john-doe')).toMatchObject({ id: 'john-doe' })
  })

  it('whose client is unknown is refused, and the token endpoint is not asked again at once', async () => {
    const { privateKey } = await registerSignedClient(clinic)
    const keyFile = await secretFile(await exportPKCS8(privateKey))
    const { upstream, lines } = await enter(`${clinic.url}/fhir`, {
      kind: 'smart-backend',
      clientId: 'nobody',
      keyFile,
    })
    for (let n = 0; n < 3; n++)
      await expect(upstream.read('Patient', 'john-doe')).rejects.toMatchObject({ status: 502 })
    const reasons = lines.filter(({ sentence }) => sentence === 'the FHIR server upstream gave no token')
    expect(reasons).toMatchObject([{ details: { reason: 'it answered 401 invalid_client' } }])
    expect(await upstream.health()).toBe('refused')
  })

  it('refuses a key that SMART does not allow', async () => {
    const { generateKeyPair } = await import('jose')
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const keyFile = await secretFile(await exportPKCS8(privateKey))
    await expect(
      enter(`${clinic.url}/fhir`, { kind: 'smart-backend', clientId: 'c', keyFile }),
    ).rejects.toThrow('SMART takes an EC key on P-384, or RSA of 2048 bits or more')
  })

  /** A server with tokens `t1`, `t2`…, of which only `valid` opens. */
  const startTokens = async (
    document: (origin: string) => object,
    { lifetime = 300, refusal }: { lifetime?: number; refusal?: Reply } = {},
  ) => {
    const { privateKey } = await registerSignedClient(clinic)
    const keyFile = await secretFile(await exportPKCS8(privateKey))
    const state = { issued: 0, valid: '' }
    const { base, requests } = await serve((authorization, path) => {
      if (path.endsWith('smart-configuration')) return json(document(server?.origin ?? ''))
      if (path === '/silent') return new Promise<Reply>(() => {})
      if (path === '/token') {
        if (refusal) return refusal
        state.valid = `t${++state.issued}`
        return json({ access_token: state.valid, token_type: 'Bearer', expires_in: lifetime })
      }
      return authorization === `Bearer ${state.valid}` ? json(observation) : { status: 401 }
    })
    return {
      state,
      base,
      requests,
      authentication: { kind: 'smart-backend', clientId: 'c', keyFile } as const,
    }
  }
  const metadataOf = (origin: string) => ({ token_endpoint: `${origin}/token` })

  it('G14 requests that wait for a token share one renewal, and none fails when the token ends in between', async () => {
    let now = Date.now()
    const { state, base, requests, authentication } = await startTokens(metadataOf)
    const { upstream } = await enter(base, authentication, () => now)
    const readMany = () => Promise.all(Array.from({ length: 50 }, () => upstream.read('Observation', 'o1')))
    await readMany()
    expect(state.issued).toBe(1)
    now += 269_000
    await readMany()
    expect(state.issued).toBe(1)
    now += 2_000
    await readMany()
    expect(state.issued).toBe(2)
    // The token ended at upstream before its time.
    now += 60_000
    state.valid = 'none'
    await readMany()
    expect(state.issued).toBe(3)
    const forms = requests.filter(({ path }) => path === '/token').map(({ form }) => Object.fromEntries(form))
    expect(forms[0]).toMatchObject({ grant_type: 'client_credentials', scope: 'system/*.rs' })
    expect(new Set(forms.map((form) => form.client_assertion)).size).toBe(3)
    expect(requests.filter(({ path, headers }) => path === '/token' && headers.authorization)).toEqual([])
  })

  it('a token endpoint that does not answer delays nobody longer than the server itself would', async () => {
    const { base, authentication } = await startTokens((origin) => ({ token_endpoint: `${origin}/silent` }))
    const { upstream } = await enter(base, authentication, Date.now, 300)
    const start = performance.now()
    await expect(upstream.read('Observation', 'o1')).rejects.toMatchObject({ status: 504 })
    expect(performance.now() - start).toBeLessThan(3_000)
  })

  it('a new token that is refused is not renewed again and again', async () => {
    const { state, base, authentication } = await startTokens(metadataOf)
    const { upstream } = await enter(base, authentication)
    await upstream.read('Observation', 'o1')
    state.valid = 'none'
    for (let n = 0; n < 5; n++)
      await expect(upstream.read('Observation', 'o1')).rejects.toMatchObject({ status: 502 })
    expect(state.issued).toBe(1)
  })

  it.each([0.001, 1, 9])(
    'a token that is said to end after %d s is used for 5 s at least',
    async (lifetime) => {
      let now = Date.now()
      const { state, base, authentication } = await startTokens(metadataOf, { lifetime })
      const { upstream } = await enter(base, authentication, () => now)
      for (let n = 0; n < 5; n++) await upstream.read('Observation', 'o1')
      now += 4_999
      await upstream.read('Observation', 'o1')
      expect(state.issued).toBe(1)
      now += 1
      await upstream.read('Observation', 'o1')
      expect(state.issued).toBe(2)
    },
  )

  it.each<[string, Reply, string]>([
    ['400 invalid_grant', { ...json({ error: 'invalid_grant' }), status: 400 }, 'refused'],
    ['403', { status: 403 }, 'refused'],
    ['400', { status: 400 }, 'away'],
    ['302', { status: 302 }, 'away'],
    ['500', { status: 500 }, 'away'],
    ['503 invalid_client', { ...json({ error: 'invalid_client' }), status: 503 }, 'away'],
    ['no token', json({}), 'away'],
    ['no connection', 'hang-up', 'away'],
  ])(
    'whose token endpoint answers with %s: the health is what that means',
    async (_what, refusal, health) => {
      const { base, authentication } = await startTokens(metadataOf, { refusal })
      const { upstream } = await enter(base, authentication)
      expect(await upstream.health()).toBe(health)
    },
  )

  it('signs with the key that its file holds when a token is renewed', async () => {
    let now = Date.now()
    const { base, requests, authentication } = await startTokens(metadataOf)
    const { upstream } = await enter(base, authentication, () => now)
    await upstream.read('Observation', 'o1')
    const { privateKey } = await registerSignedClient(clinic)
    await secretFile(JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'renewed' }))
    now += 300_000
    await upstream.read('Observation', 'o1')
    const { client_assertion: assertion = '' } = Object.fromEntries(
      requests.findLast(({ path }) => path === '/token')?.form ?? [],
    )
    expect(decodeProtectedHeader(assertion).kid).toBe('renewed')
  })

  it('whose key is gone when a token is renewed gives no token, and the log names its file', async () => {
    let now = Date.now()
    const { base, authentication } = await startTokens(metadataOf)
    const { upstream, lines } = await enter(base, authentication, () => now)
    await rm(authentication.keyFile)
    now += 300_000
    await expect(upstream.read('Observation', 'o1')).rejects.toMatchObject({ status: 502 })
    expect(lines.map(({ details }) => details)).toEqual([
      { reason: `${authentication.keyFile} does not exist.` },
    ])
    expect(await upstream.health()).toBe('refused')
  })

  it('reads no long configuration, because parsing it would hold everybody up', async () => {
    const { base, authentication } = await startTokens((origin) => ({
      ...metadataOf(origin),
      scopes_supported: ['x'.repeat(100_000)],
    }))
    const { upstream } = await enter(base, authentication)
    await expect(upstream.read('Observation', 'o1')).rejects.toMatchObject({ status: 502 })
    expect(await upstream.health()).toBe('away')
  })

  test.each<[string, object]>([
    ['nothing', {}],
    ['no address', { token_endpoint: 'token' }],
    ['another scheme', { token_endpoint: 'file:///etc/passwd' }],
  ])('a configuration that names %s as token endpoint is refused', async (_name, document) => {
    const { base, authentication } = await startTokens(() => document)
    const { upstream, lines } = await enter(base, authentication)
    await expect(upstream.read('Observation', 'o1')).rejects.toMatchObject({ status: 502 })
    expect(lines[0]?.details).toMatchObject({ reason: expect.stringContaining('token_endpoint') })
  })
})
