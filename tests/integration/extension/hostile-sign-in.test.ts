import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { items } from '../../../extension/storage/items.ts'
import { redirectAddress } from '../../../values/extension-addresses.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import {
  type Script,
  type ScriptedOrganization,
  startScriptedOrganization,
} from '../../fixtures/scripted-organization.ts'
import { answerAtOnce } from '../../fixtures/scripted-sign-in.ts'
import { clearBrowser, configure, createWorker, storedText } from '../../fixtures/worker.ts'

let organization: ScriptedOrganization

beforeAll(async () => {
  organization = await startScriptedOrganization()
})
afterAll(() => organization.close())
beforeEach(async () => {
  await clearBrowser()
  organization.script = {}
  organization.requests.length = 0
})

/** Answers the authorization request at once, as the redirect would. */
const redirectWith = (change: (answer: URLSearchParams, at: URL) => void = () => {}) => {
  answerAtOnce(organization)
  const answerOf = fakeBrowser.identity.launchWebAuthFlow
  fakeBrowser.identity.launchWebAuthFlow = async (details) => {
    const answer = new URL(await answerOf(details))
    change(answer.searchParams, answer)
    return answer.href
  }
}

const signIn = async (script: Script = {}) => {
  organization.script = script
  const worker = createWorker()
  const provider = await configure(worker, organization.url)
  await worker.signIn({ providerId: provider.id, purpose: 'record' })
  return worker
}

const tokenRequests = () => organization.requestsTo('/oauth/token')

const expectNothingKept = async () => {
  expect(await items.sessions.get()).toEqual({})
  expect(await items.grants.get()).toEqual({})
  expect(await items.connections.get()).toEqual({})
}

it('checklist E2 E3 E7 E8 sends an unguessable state, S256, the FHIR base and no write scope', async () => {
  const requests: URLSearchParams[] = []
  redirectWith()
  const answer = fakeBrowser.identity.launchWebAuthFlow
  fakeBrowser.identity.launchWebAuthFlow = (details) => {
    requests.push(new URL(details.url).searchParams)
    return answer(details)
  }
  await signIn()
  await signIn()
  for (const name of ['state', 'nonce', 'code_challenge']) {
    const values = requests.map((each) => each.get(name) ?? '')
    expect(new Set(values).size).toBe(2)
    // 43 characters of base64url are 256 bits; 122 are required.
    for (const value of values) expect(value).toMatch(/^[\w-]{43}$/)
  }
  const [first] = requests
  expect(first?.get('code_challenge_method')).toBe('S256')
  expect(first?.get('aud')).toBe(`${organization.url}/fhir`)
  const scopes = first?.get('scope')?.split(' ') ?? []
  expect(scopes.filter((scope) => !/^(openid|fhirUser|offline_access|launch\/patient)$/.test(scope))).toEqual(
    ['patient/*.rs', 'user/*.rs'],
  )
})

it.each([
  ['of another organization', (own: string) => redirectAddress(own, 'https://honest.example/fhir')],
  ['of the browser alone', (own: string) => own],
  ['under its own', (own: string) => `${redirectAddress(own, `${organization.url}/fhir`)}/x`],
  ['on another host', () => redirectAddress('https://evil.example/', `${organization.url}/fhir`)],
])('F67 refuses an answer that arrives at the address %s', async (_where, addressFrom) => {
  redirectWith((answer, at) => {
    answer.delete('iss')
    at.href = `${addressFrom(fakeBrowser.identity.getRedirectURL())}?${answer}`
  })
  const configuration = { authorization_response_iss_parameter_supported: undefined }
  await expect(signIn({ configuration, issuerDocument: configuration })).rejects.toMatchObject({
    code: 'issuer-mismatch',
  })
  expect(tokenRequests()).toBe(0)
  await expectNothingKept()
})

it('F67 accepts an answer from a shared relay only with its issuer', async () => {
  const relay = 'https://relay.example/_oauth/OAuth2Server'
  const worker = createWorker()
  const { id, name, clientId, fhirBase, authorizationEndpoint } = await configure(worker, organization.url)
  await worker.providers.save({ id, name, clientId, fhirBase, authorizationEndpoint, redirectUri: relay })
  const byRelay = (iss: boolean) =>
    redirectWith((answer, at) => {
      if (!iss) answer.delete('iss')
      at.href = `${redirectAddress(fakeBrowser.identity.getRedirectURL(), relay)}?${answer}`
    })
  organization.script = {
    configuration: { authorization_response_iss_parameter_supported: undefined },
    issuerDocument: { authorization_response_iss_parameter_supported: undefined },
  }
  byRelay(false)
  await expect(worker.signIn({ providerId: id, purpose: 'record' })).rejects.toMatchObject({
    code: 'issuer-mismatch',
  })
  expect(tokenRequests()).toBe(0)
  byRelay(true)
  await worker.signIn({ providerId: id, purpose: 'record' })
  expect(tokenRequests()).toBe(1)
})

it.each([
  { access_token: 'a\r\nX-Evil: 1' },
  { access_token: 'a b' },
  { access_token: 'a'.repeat(100_000) },
  { access_token: 'é' },
  { refresh_token: 'r\n' },
  { access_grant_expiration: 'soon' },
  { access_grant_expiration: null },
  { access_grant_expiration: 4102444800 },
  { access_grant_expiration: '2030' },
  { expires_in: -1 },
  { expires_in: null },
  { expires_in: 'soon' },
  { patient: '../Patient/q' },
  { patient: 'p?_id=q' },
  { patient: ['p'] },
  { encounter: 'e/../../x' },
])('F43 refuses a token answer with %j', async (tokens) => {
  redirectWith()
  await expect(signIn({ tokens })).rejects.toMatchObject({ code: 'untrusted-answer' })
  await expectNothingKept()
})

it.each([1e308, '3600', 0])('F43 a token with expires_in %j expires within 31 days', async (expires_in) => {
  redirectWith()
  await signIn({ tokens: { expires_in, access_grant_expiration: '2999-01-01T00:00:00Z' } })
  const [session] = Object.values(await items.sessions.get())
  const days = ((session?.access?.endsAt ?? Number.NaN) - Date.now()) / 86_400_000
  expect(days).toBeGreaterThan(-1)
  expect(days).toBeLessThanOrEqual(31)
})

it.each([
  ['2999-01-01T00:00:00Z', Date.UTC(2999, 0, 1)],
  // As CMS Blue Button writes the time, and without the end of a grant.
  ['2999-01-01 00:00:00Z', Date.UTC(2999, 0, 1)],
  ['', undefined],
])('reads an end of the grant of %j', async (access_grant_expiration, end) => {
  redirectWith()
  await signIn({ tokens: { access_grant_expiration } })
  const [session] = Object.values(await items.sessions.get())
  expect(session?.endsAt).toBe(end ?? session?.access?.endsAt)
})

it('signs in when nothing is wrong', async () => {
  redirectWith()
  const worker = await signIn()
  expect((await worker.state()).connections[0]).toMatchObject({ signedIn: true, patient: { id: 'p' } })
  expect(tokenRequests()).toBe(1)
})

describe('E01 E02 an answer with', () => {
  it.each([
    ['another state', (answer: URLSearchParams) => answer.set('state', 'other')],
    ['no state', (answer: URLSearchParams) => answer.delete('state')],
  ])('%s is refused, and its code sent nowhere', async (_what, change) => {
    redirectWith(change)
    await expect(signIn()).rejects.toMatchObject({ code: 'state-mismatch' })
    expect(tokenRequests()).toBe(0)
    await expectNothingKept()
  })

  it('the state of an earlier sign-in is refused', async () => {
    let earlier = ''
    redirectWith((answer) => {
      earlier = answer.get('state') ?? ''
    })
    await signIn()
    redirectWith((answer) => answer.set('state', earlier))
    await expect(signIn()).rejects.toMatchObject({ code: 'state-mismatch' })
    expect(tokenRequests()).toBe(1)
  })

  it.each([
    ['another issuer', (answer: URLSearchParams) => answer.set('iss', 'https://other.test')],
    ['no issuer', (answer: URLSearchParams) => answer.delete('iss')],
    ['its issuer and a slash', (answer: URLSearchParams) => answer.set('iss', `${organization.url}/`)],
  ])('%s is refused, and its code sent nowhere', async (_what, change) => {
    redirectWith(change)
    await expect(signIn()).rejects.toMatchObject({ code: 'issuer-mismatch' })
    expect(tokenRequests()).toBe(0)
    await expectNothingKept()
  })
})

describe('E03 E04 E05 a configuration', () => {
  it.each<[string, () => Script, string]>([
    [
      'whose issuer calls itself something else',
      () => ({ issuerDocument: { issuer: 'https://other.test' } }),
      'issuer-mismatch',
    ],
    [
      'that names another issuer',
      () => ({ configuration: { issuer: 'https://other.test' } }),
      'foreign-endpoint',
    ],
    [
      'that sends the code to another origin',
      () => ({ configuration: { token_endpoint: 'https://other.test/token' } }),
      'foreign-endpoint',
    ],
    [
      'that sends people to another origin',
      () => ({ configuration: { authorization_endpoint: 'https://other.test/a' } }),
      'foreign-endpoint',
    ],
    [
      'that sends the code over plain http',
      () => ({ configuration: { token_endpoint: 'http://other.test/token' } }),
      'insecure-address',
    ],
    ['without S256', () => ({ configuration: { code_challenge_methods_supported: ['plain'] } }), 'no-s256'],
    [
      'that does not mention PKCE',
      () => ({ configuration: { code_challenge_methods_supported: undefined } }),
      'no-s256',
    ],
    ['without endpoints', () => ({ configuration: { token_endpoint: undefined } }), 'discovery-failed'],
  ])('%s is refused before any window opens', async (_what, script, code) => {
    fakeBrowser.identity.launchWebAuthFlow = () => Promise.reject(new Error('A window was opened.'))
    await expect(signIn(script())).rejects.toMatchObject({ code })
    expect(tokenRequests()).toBe(0)
  })

  it('with relative addresses is understood (checklist E6)', async () => {
    redirectWith()
    await signIn({
      configuration: { token_endpoint: '/oauth/token', authorization_endpoint: '../oauth/authorize' },
    })
    expect(tokenRequests()).toBe(1)
  })
})

describe('checklist E6 an organization with only a CapabilityStatement', () => {
  const statement = (token: string) => ({
    resourceType: 'CapabilityStatement',
    rest: [
      {
        security: {
          extension: [
            {
              url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
              extension: [
                { url: 'authorize', valueUri: `${organization.url}/oauth/authorize` },
                { url: 'token', valueUri: token },
              ],
            },
          ],
        },
      },
    ],
  })

  it('allows a sign-in with PKCE, but without an identity, because that could not be verified', async () => {
    const requests: string[] = []
    redirectWith((answer) => answer.delete('iss'))
    const answer = fakeBrowser.identity.launchWebAuthFlow
    fakeBrowser.identity.launchWebAuthFlow = (details) => {
      requests.push(details.url)
      return answer(details)
    }
    const worker = await signIn({
      statement: statement(`${organization.url}/oauth/token`),
      tokens: { id_token: undefined },
    })
    const { searchParams } = new URL(requests[0] ?? '')
    expect(searchParams.get('code_challenge_method')).toBe('S256')
    expect(searchParams.get('scope')).not.toContain('openid')
    expect((await worker.state()).connections[0]).toMatchObject({
      signedIn: true,
      person: { role: 'patient' },
    })
  })

  it('treats every sign-in as another person’s, because two clinicians cannot be told apart', async () => {
    redirectWith((answer) => answer.delete('iss'))
    const worker = await signIn({
      statement: statement(`${organization.url}/oauth/token`),
      tokens: { id_token: undefined, patient: undefined, refresh_token: 'first', scope: 'user/*.rs' },
      fhir: (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/fhir+json' })
        response.end('{"resourceType":"Bundle","type":"searchset"}')
      },
    })
    const [first] = (await worker.state()).connections
    const connectionId = first?.id ?? ''
    const query = { family: 'Quill' }
    await worker.answers['search-patients']({ connectionId, query })
    const providerId = first?.providerId ?? ''
    await worker.signIn({ providerId, purpose: 'record' })
    const { connections } = await worker.state()
    expect(connections).toMatchObject([{ signedIn: true, providerId }])
    expect(connections[0]?.id).not.toBe(connectionId)
    expect(await storedText('session')).not.toContain('Quill')
    // It offers no way to end the earlier access, which the person is told.
    expect((await worker.state()).unrevoked).toHaveLength(1)
    await items.unrevoked.set([])
    for (const area of ['local', 'session'] as const)
      expect(await storedText(area)).not.toContain(connectionId)
    expect(await worker.sessions.requests.journals()).not.toHaveProperty(connectionId)
  })

  it('continues the connection of the one patient whom it names', async () => {
    redirectWith((answer) => answer.delete('iss'))
    const worker = await signIn({
      statement: statement(`${organization.url}/oauth/token`),
      tokens: { id_token: undefined },
    })
    const [first] = (await worker.state()).connections
    await worker.signIn({ providerId: first?.providerId ?? '', purpose: 'record' })
    expect((await worker.state()).connections.map(({ id }) => id)).toEqual([first?.id])
  })

  it('is refused when it sends the code elsewhere', async () => {
    const signingIn = signIn({ statement: statement('https://other.test/token') })
    await expect(signingIn).rejects.toMatchObject({ code: 'foreign-endpoint' })
  })
})

it('the id_token of a refresh is not validated, because nothing reads it and some providers omit its audience', async () => {
  redirectWith()
  const tokens = { refresh_token: 'refresh', expires_in: 1 }
  const worker = await signIn({ tokens })
  const [connection] = (await worker.state()).connections
  const connectionId = connection?.id ?? ''
  organization.script = {
    tokens: { ...tokens, access_token: 'another', expires_in: 3600 },
    claims: { aud: undefined },
    fhir: (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/fhir+json' })
      response.end(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry: [] }))
    },
  }
  await items.sessions.update(({ [connectionId]: session, ...others }) =>
    session?.access
      ? { ...others, [connectionId]: { ...session, access: { ...session.access, receivedAt: 0 } } }
      : {},
  )
  await worker.answers['search-patients']({ connectionId, query: {} })
  expect(tokenRequests()).toBe(2)
  expect(organization.requests.at(-1)?.authorization).toBe('Bearer another')
})

describe('E06 an id_token', () => {
  const now = () => Math.floor(Date.now() / 1000)
  it.each<[string, () => Script]>([
    ['for another application', () => ({ claims: { aud: 'other' } })],
    ['of another issuer', () => ({ claims: { iss: 'https://other.test' } })],
    ['of another sign-in', () => ({ claims: { nonce: 'other' } })],
    ['that has expired', () => ({ claims: { exp: now() - 120 } })],
    ['issued ten minutes in the future', () => ({ claims: { iat: now() + 600 } })],
    ['without a signature', () => ({ idTokenAlgorithm: 'none' })],
    ['signed with a shared secret', () => ({ idTokenAlgorithm: 'HS256' })],
    ['that is missing', () => ({ tokens: { id_token: undefined } })],
  ])('%s is refused, and nothing is kept', async (_what, script) => {
    redirectWith()
    await expect(signIn(script())).rejects.toMatchObject({ code: 'untrusted-answer' })
    await expectNothingKept()
  })

  it('may be off by less than a minute', async () => {
    redirectWith()
    await signIn({ claims: { exp: now() - 30 } })
    await signIn({ claims: { iat: now() + 30 } })
    expect(await items.sessions.get()).not.toEqual({})
  })
})

describe('E18 after a worker ended during a sign-in', () => {
  it('the next one reports the interruption, keeps nothing, and can sign in', async () => {
    const { settleFlow } = await import('../../../extension/auth/sign-in/flow.ts')
    await items.flow.set({
      ...{
        providerId: 'x',
        purpose: 'record',
        status: 'open',
        startedAt: Date.now(),
        bootId: 'earlier life',
      },
    })
    await settleFlow()
    const flow = await items.flow.get()
    expect(flow).toMatchObject({ status: 'interrupted', error: { code: 'interrupted' } })
    await expectNothingKept()
    redirectWith()
    await signIn()
    expect(await items.flow.get()).toBeNull()
  })
})
