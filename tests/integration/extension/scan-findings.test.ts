import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { autoscan } from '../../../extension/administration/autoscan.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { type RecordingServer, type Reply, startRecordingServer } from '../../fakes/recording-server.ts'

type Json = Record<string, unknown>

/** Documents that differ from those of a correct organization, by path; undefined removes one. */
let changes: Record<string, Json | undefined> = {}
let headers: Record<string, string> = {}
/** Its answer to an authorization request. */
let signInPage = (_prompt: string | null): Reply => ({})
let organization: RecordingServer
let other: RecordingServer

const CONFIGURATION = '/fhir/.well-known/smart-configuration'
const ISSUER = '/.well-known/openid-configuration'

const publicKey = { kty: 'EC', crv: 'P-256', use: 'sig', alg: 'ES256', kid: '1', x: 'x', y: 'y' }

const documents = (origin: string): Record<string, Json> => {
  const server = {
    issuer: origin,
    authorization_endpoint: `${origin}/oauth/authorize`,
    token_endpoint: `${origin}/oauth/token`,
    revocation_endpoint: `${origin}/oauth/revoke`,
    registration_endpoint: `${origin}/oauth/register`,
    jwks_uri: `${origin}/jwks`,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    user_access_brand_bundle: `${origin}/brands.json`,
    capabilities: ['permission-v2'],
  }
  const uris = { authorize: 'authorize', token: 'token', register: 'register', revoke: 'revoke' }
  return {
    [CONFIGURATION]: server,
    [ISSUER]: server,
    '/fhir/metadata': statement(
      Object.entries(uris).map(([url, name]) => ({ url, valueUri: `${origin}/oauth/${name}` })),
    ),
    '/jwks': { keys: [publicKey] },
    '/brands.json': { resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Organization' } }] },
  }
}

const offered = {
  Patient: ['name', 'given', 'family', 'gender', 'identifier', 'birthdate'],
  Observation: ['patient', 'code', 'date'],
  AuditEvent: ['date'],
}

const statement = (extension: Json[], searches: Record<string, string[]> = offered): Json => ({
  resourceType: 'CapabilityStatement',
  rest: [
    {
      security: {
        extension: [
          { url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris', extension },
        ],
      },
      resource: Object.entries(searches).map(([type, names]) => ({
        type,
        searchParam: names.map((name) => ({ name, type: 'string' })),
      })),
    },
  ],
})

beforeAll(async () => {
  other = await startRecordingServer(() => ({ body: {} }))
  organization = await startRecordingServer(({ path, query }) => {
    if (path === '/oauth/authorize') return signInPage(query.get('prompt'))
    const good = documents(organization.origin)[path]
    if (Object.hasOwn(changes, path) ? changes[path] === undefined : !good) return { status: 404, headers }
    return { body: { ...good, ...changes[path] }, headers }
  })
})
afterAll(async () => {
  await organization.close()
  await other.close()
})
beforeEach(() => {
  changes = {}
  headers = {}
})

const scan = async () => (await autoscan(organization.origin)).findings
const codes = async () => (await scan()).map(({ code }) => code)

describe('autoscan', () => {
  it('finds nothing to improve at a good organization except that it is on this machine', async () => {
    expect((await scan()).filter(({ level }) => level !== 'good')).toEqual([
      { level: 'should', code: 'loopback-http' },
    ])
  })

  it('reports that the method plain is offered', async () => {
    changes = { [CONFIGURATION]: { code_challenge_methods_supported: ['S256', 'plain'] } }
    expect(await scan()).toContainEqual({ level: 'must', code: 'plain-offered' })
  })

  it('reports that S256 is not offered', async () => {
    changes = { [CONFIGURATION]: { code_challenge_methods_supported: [] } }
    expect(await scan()).toContainEqual({ level: 'must', code: 'no-s256' })
  })

  it.each([
    ['believes a refusal of the application that stands without prompt=none', 400, true],
    ['takes a refusal of prompt=none on a page for no refusal of the application', 302, false],
  ])('%s', async (_what, status, refused) => {
    signInPage = (prompt) =>
      prompt === 'none' ? { status: 400 } : { status, headers: { location: '/login' } }
    const { findings } = await autoscan(organization.origin, { clientId: 'carekey' })
    expect(findings.some(({ code }) => code === 'redirect-refused')).toBe(refused)
  })

  it('reports that access cannot be revoked', async () => {
    changes = { [ISSUER]: { revocation_endpoint: undefined } }
    expect(await scan()).toContainEqual({ level: 'should', code: 'no-revocation' })
  })

  it('names relative addresses, and completes them', async () => {
    changes = { [CONFIGURATION]: { token_endpoint: '/oauth/token', jwks_uri: '/jwks' } }
    const result = await autoscan(organization.origin)
    expect(result.token_endpoint).toBe(`${organization.origin}/oauth/token`)
    expect(result.findings).toContainEqual({
      level: 'should',
      code: 'relative-addresses',
      what: 'token_endpoint, jwks_uri',
    })
  })

  it('names what the OpenID document contradicts', async () => {
    changes = { [ISSUER]: { token_endpoint: `${organization.origin}/other` } }
    expect(await scan()).toContainEqual({
      level: 'must',
      code: 'documents-disagree',
      what: 'token_endpoint (OpenID)',
    })
  })

  it('names what the CapabilityStatement contradicts', async () => {
    const uris = [{ url: 'authorize', valueUri: `${organization.origin}/elsewhere` }]
    changes = { '/fhir/metadata': statement(uris) }
    expect(await scan()).toContainEqual({
      level: 'must',
      code: 'documents-disagree',
      what: 'authorization_endpoint (CapabilityStatement)',
    })
  })

  it('does not treat a member that only one document has as a contradiction', async () => {
    changes = { [ISSUER]: { revocation_endpoint: undefined }, '/fhir/metadata': statement([]) }
    expect(await codes()).toContain('documents-agree')
  })

  it('reports that the issuer is another one', async () => {
    changes = { [ISSUER]: { issuer: 'https://evil.test' } }
    expect(await scan()).toContainEqual({ level: 'must', code: 'issuer-mismatch' })
  })

  it.each([
    ['a private key', { keys: [{ ...publicKey, d: 'secret' }] }, 'keys-private'],
    ['a shared secret', { keys: [{ kty: 'oct', k: 'secret' }] }, 'keys-private'],
    ['only keys for encryption', { keys: [{ ...publicKey, use: 'enc', alg: 'ECDH-ES' }] }, 'keys-unfit'],
    ['no key', { keys: [] }, 'keys-unreadable'],
    ['keys that are none', { keys: 'none' }, 'keys-unreadable'],
    ['no document', undefined, 'keys-unreadable'],
  ])('checks the keys: %s', async (_name, keys, code) => {
    changes = { '/jwks': keys }
    expect(await codes()).toContain(code)
  })

  it('reports which search parameters are missing', async () => {
    const searches = {
      Patient: offered.Patient.slice(1),
      Observation: ['patient', 'code'],
      AuditEvent: ['date'],
    }
    changes = { '/fhir/metadata': statement([], searches) }
    expect(await scan()).toContainEqual({
      level: 'should',
      code: 'search-missing',
      what: 'Patient.name, Observation.date',
    })
  })

  it.each([
    ['is not named', { [CONFIGURATION]: { user_access_brand_bundle: undefined } }, 'no-brands'],
    ['is not there', { '/brands.json': undefined }, 'brands-unreadable'],
    ['holds no organization', { '/brands.json': { entry: [] } }, 'brands-unreadable'],
  ])('reports that the Brands bundle %s', async (_name, documents, code) => {
    changes = documents
    expect(await codes()).toContain(code)
  })

  it('reports that pages may not read the discovery document', async () => {
    headers = { 'access-control-allow-origin': 'https://one.test' }
    expect(await codes()).toContain('cors-closed')
  })

  it('treats an answer that came without host permission as public', async () => {
    headers = { 'access-control-allow-origin': fakeBrowser.runtime.getURL('') }
    const { contains } = fakeBrowser.permissions
    fakeBrowser.permissions.contains = async () => false
    try {
      expect(await codes()).toContain('cors-open')
    } finally {
      fakeBrowser.permissions.contains = contains
    }
  })

  it('connects to no other origin, whatever the document names', async () => {
    changes = {
      [CONFIGURATION]: {
        issuer: other.origin,
        jwks_uri: `${other.origin}/jwks`,
        user_access_brand_bundle: `${other.origin}/brands.json`,
        authorization_endpoint: `${other.origin}/oauth/authorize`,
      },
    }
    const { findings } = await autoscan(organization.origin, { clientId: 'carekey' })
    expect(findings).toContainEqual({ level: 'should', code: 'other-origin' })
    expect(other.requests).toEqual([])
  })

  it('says that a FHIR server does not name its sign-in, if it answers with one of its documents', async () => {
    changes = { [CONFIGURATION]: undefined, '/fhir/metadata': statement([]) }
    await expect(scan()).rejects.toMatchObject({ code: 'discovery-failed' })
    changes = { [CONFIGURATION]: { token_endpoint: undefined }, '/fhir/metadata': undefined }
    await expect(scan()).rejects.toMatchObject({ code: 'discovery-failed' })
    changes = { [CONFIGURATION]: undefined, '/fhir/metadata': undefined }
    await expect(scan()).rejects.toMatchObject({ code: 'not-fhir-server' })
  })

  it('says that a server cannot be reached only if nothing answers, although CORS hides the answer', async () => {
    const readable = globalThis.fetch
    globalThis.fetch = async (input, init) => {
      const response = await readable(input, init)
      if (init?.mode === 'no-cors') return response
      throw new TypeError('Failed to fetch')
    }
    try {
      await expect(scan()).rejects.toMatchObject({ code: 'not-fhir-server' })
      await expect(autoscan('http://127.0.0.1:9')).rejects.toMatchObject({ code: 'unreachable' })
    } finally {
      globalThis.fetch = readable
    }
  })

  it('C15 a request that follows redirects goes only to this machine', async () => {
    const fetched: string[] = []
    const { fetch } = globalThis
    globalThis.fetch = async (input) => {
      fetched.push(String(input))
      throw new TypeError('Failed to fetch')
    }
    try {
      await expect(autoscan('https://clinic.example/fhir')).rejects.toMatchObject({ code: 'unreachable' })
      expect([...new Set(fetched)]).toEqual(['https://clinic.example/fhir/metadata'])
    } finally {
      globalThis.fetch = fetch
    }
  })

  it('sends no credentials', () => {
    expect(organization.requests.length).toBeGreaterThan(20)
    for (const { headers } of organization.requests) {
      expect(headers).not.toHaveProperty('authorization')
      expect(headers).not.toHaveProperty('cookie')
    }
  })
})
