import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SCRIPT } from '../../server/pages/frame/layout.ts'
import { registerSignedClient } from '../fixtures/signed-client.ts'
import { attack } from './attack.ts'
import { ask, decide, logIn } from './authorization-request.ts'

const anna = attack()
const redirect_uri = 'https://new.example/callback'

const register = (metadata: object) =>
  anna.send('/oauth/register', {
    as: 'TADM',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'New', redirect_uris: [redirect_uri], ...metadata }),
  })

const clients = () =>
  anna.server.store.db
    .selectFrom('oauth_record')
    .select('id')
    .where('model', '=', 'Client')
    .orderBy('id')
    .execute()

describe('A29 a deceptive name of an application is shown as a name', () => {
  const show = async (client_name: string) => {
    const metadata = { client_name, token_endpoint_auth_method: 'none' }
    const { status, json, text } = await register(metadata)
    expect(status, text).toBe(201)
    const application = { client_id: json.client_id as string, redirect_uri }
    const login = await ask(anna, { application })
    const consent = await logIn(login)
    for (const { page } of [login, consent]) {
      const policy = page.headers.get('content-security-policy')
      expect(policy).not.toMatch(/unsafe-(inline|eval)/)
      expect(policy).toMatch(/default-src 'none'/)
    }
    expect((await decide(consent)).page.url.searchParams.has('code')).toBe(true)
    return { shown: [login.page.html, consent.page.html], name: json.client_name as string }
  }

  test.each([
    '<img src=x onerror=alert(1)>',
    '"><script>alert(1)</script>',
    '" onmouseover="alert(1)',
    '</title><script>alert(1)',
  ])('%s', async (name) => {
    const { shown } = await show(name)
    for (const html of shown) {
      expect(html.replace(`<script>${SCRIPT}</script>`, '')).not.toMatch(/<(img|script)|<[^>]+\son\w+=/i)
      expect(html).not.toContain(name)
    }
  })

  test('whole, if it is as long as it may be: two names that differ at the end must not look the same', async () => {
    const name = `Riverside ${'x'.repeat(70)}`
    const { shown } = await show(name)
    for (const html of shown) expect(html).toContain(name)
  })
})

describe('A30 a redirect address that could be anybody’s is not registered', () => {
  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'http://evil.test',
    'http://evil.test/callback',
    'https://evil.test/#fragment',
    'https://evil.test/callback#',
    'https://*.evil.test',
    'https://*.evil.test/callback',
    'https://evil.test/*',
    'https://evil.test;script-src.test/',
    'https://evil.test,other.test/',
    "https://evil'self'.test/",
    'https://evil$.test/',
    'https://evil_.test/',
    'https://evil(1).test/',
    'https://evil&x=1.test/',
    'https://user@evil.test/',
    'file:///etc/passwd',
    'about:blank',
    'vbscript:x',
    'custom-scheme:/callback',
    'http://localhost.evil.test/',
    '//evil.test/',
    '/callback',
    '',
    ' https://evil.test/',
    'https://evil.test/a b',
    'https://evil.test/a\nb',
    'https://evil.test\\callback',
    'https:evil.test/',
    'https:/evil.test/',
    'https://\u0435vil.test/',
  ])('%s', async (uri) => {
    const before = await clients()
    for (const redirect_uris of [[uri], [redirect_uri, uri]]) {
      for (const application_type of ['web', 'native']) {
        const answer = await register({ redirect_uris, application_type })
        expect(answer.status, answer.text).toBe(400)
        expect(answer.json.error).toMatch(/^invalid_redirect_uri$/)
        expect(answer.json.error_description).toMatch(/^redirect_uris must be https addresses/)
      }
    }
    expect(await clients()).toEqual(before)
  })

  test.each([[[]], ['https://evil.test/'], [null], [[null]], [[{}]], [[['https://evil.test/']]]])(
    'a value that is not a list of addresses is refused: %j',
    async (redirect_uris) => {
      const answer = await register({ redirect_uris })
      expect(answer.status).toBe(400)
      expect(answer.json.error).toMatch(/^invalid_(redirect_uri|client_metadata)$/)
    },
  )
})

describe('A31 an internal address is neither registered nor requested', () => {
  let listener: Server
  let connections = 0
  let port = 0
  beforeAll(async () => {
    listener = createServer((socket) => {
      connections++
      socket.destroy()
    })
    await new Promise<void>((resolve) => listener.listen(0, resolve))
    const address = listener.address()
    port = typeof address === 'object' && address ? address.port : 0
  })
  afterAll(() => listener.close())

  const inside = () => [
    'http://169.254.169.254/',
    'https://169.254.169.254/latest/meta-data',
    `http://127.0.0.1:${port}/`,
    `https://127.0.0.1:${port}/`,
    `https://2130706433:${port}/`,
    `https://0x7f000001:${port}/`,
    `https://localhost:${port}/`,
    `http://[::1]:${port}/`,
    `https://[::1]:${port}/`,
    `https://[::ffff:127.0.0.1]:${port}/`,
    `https://0.0.0.0:${port}/`,
    'https://10.0.0.1/keys',
    'https://192.168.1.1/keys',
    'file:///etc/passwd',
    'gopher://127.0.0.1/',
    'http://keys.example/plain',
  ]
  const names = ['jwks_uri', 'logo_uri', 'sector_identifier_uri'] as const

  test.each(names)('%s', async (name) => {
    const before = await clients()
    for (const address of inside()) {
      const answer = await register({
        [name]: address,
        ...(name === 'jwks_uri' && { token_endpoint_auth_method: 'private_key_jwt' }),
        ...(name === 'sector_identifier_uri' && { subject_type: 'pairwise' }),
      })
      expect(answer.status, `${name} ${address}`).toBe(400)
      expect(answer.json.error).toBe('invalid_client_metadata')
    }
    expect(await clients()).toEqual(before)
    expect(connections).toBe(0)
  })

  test('no keys are fetched from it even if it was registered in another way', async () => {
    for (const jwks_uri of inside().slice(2, 11)) {
      const client = await registerSignedClient(anna.server, { jwks_uri })
      const answer = await anna.send('/oauth/token', {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          scope: 'system/*.rs',
          client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
          client_assertion: await client.assertion(),
        }),
      })
      expect([400, 401]).toContain(answer.status)
      expect(answer.json.error).toMatch(/^invalid_(client|client_metadata|request)$/)
    }
    expect(connections).toBe(0)
  })
})

describe('F66 client metadata of another JSON type is refused, and the refusal names the member', () => {
  const MEMBERS = [
    ...[
      'redirect_uris',
      'grant_types',
      'response_types',
      'contacts',
      'default_acr_values',
      'scope',
      'client_name',
    ],
    ...[
      'client_uri',
      'logo_uri',
      'policy_uri',
      'tos_uri',
      'initiate_login_uri',
      'launch_uri',
      'jwks',
      'jwks_uri',
    ],
    ...['token_endpoint_auth_method', 'token_endpoint_auth_signing_alg', 'application_type', 'subject_type'],
    ...['id_token_signed_response_alg', 'default_max_age', 'require_auth_time', 'dpop_bound_access_tokens'],
  ]
  const TYPES = [
    {},
    { length: 1 },
    { includes: 1 },
    [],
    [{}],
    [null],
    [[]],
    [5],
    5,
    -1,
    0.5,
    true,
    false,
    '',
    'x',
  ]

  test.each(MEMBERS)('%s', async (name) => {
    for (const value of TYPES) {
      const answer = await register({ [name]: value })
      const row = `${name}: ${JSON.stringify(value)} ${answer.text}`
      if (answer.status === 201) {
        // Kept as given, left out, or replaced by a default; never stored with the wrong type.
        expect([typeof answer.json[name], 'undefined'], row).toContain(typeof value)
        continue
      }
      expect(answer.status, row).toBe(400)
      expect(answer.json.error, row).toMatch(/^invalid_(client_metadata|redirect_uri)$/)
      expect(answer.json.error_description, row).toMatch(
        name === 'redirect_uris' ? /redirect_uri/ : name === 'jwks' ? /jwks|JSON Web Key Set/ : name,
      )
    }
  })
})
