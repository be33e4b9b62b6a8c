import { expect, test } from 'vitest'
import { clientMembers } from '../fixtures/client-members.ts'
import { attack } from './attack.ts'

const target = attack()

const REGISTRATION = {
  client_name: 'Viewer',
  redirect_uris: ['https://viewer.example/callback'],
  scope: 'patient/*.rs',
}

/** Another value for each member that an application's registration can have. */
const CHANGES: Readonly<Record<string, unknown>> = {
  application_type: 'native',
  client_id: 'conf',
  client_id_issued_at: 1,
  client_name: 'Carekey',
  client_secret: 'chosen-by-the-application-itself',
  client_secret_expires_at: 4102444800,
  client_uri: 'https://viewer.example/about',
  contacts: ['somebody@viewer.example'],
  default_acr_values: [],
  default_max_age: 31_536_000,
  dpop_bound_access_tokens: true,
  grant_types: ['authorization_code', 'refresh_token'],
  id_token_signed_response_alg: 'PS256',
  initiate_login_uri: 'https://viewer.example/launch',
  jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] },
  jwks_uri: 'https://viewer.example/keys',
  launch_uri: 'https://viewer.example/launch',
  logo_uri: 'https://viewer.example/logo.png',
  policy_uri: 'https://viewer.example/policy',
  redirect_uris: ['https://viewer.example/other'],
  require_auth_time: true,
  resource_server: true,
  response_modes: ['query'],
  response_types: [],
  scope: 'patient/Observation.rs',
  sector_identifier_uri: 'https://viewer.example/sector',
  subject_type: 'pairwise',
  token_endpoint_auth_method: 'none',
  token_endpoint_auth_signing_alg: 'ES384',
  tos_uri: 'https://viewer.example/terms',
}

/** The members that an application may change by itself. */
const OWN = ['jwks', 'jwks_uri', 'redirect_uris']

const send = (path: string, method: string, bearer: string, body?: object) =>
  target.send(path, {
    ...{ bearer, method },
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })

const register = async () => {
  const { status, json, text } = await send(
    '/oauth/register',
    'POST',
    await target.token('TADM'),
    REGISTRATION,
  )
  expect(status, text).toBe(201)
  const { client_id, registration_access_token: bearer } = json as Record<string, string>
  const path = `/oauth/register/${client_id}`
  const read = async () => (await send(path, 'GET', bearer ?? '')).json as object
  const {
    registration_client_uri: _,
    client_id_issued_at,
    client_secret_expires_at,
    ...metadata
  } = (await read()) as Record<string, unknown>
  return {
    read,
    put: (change: object) => send(path, 'PUT', bearer ?? '', { ...metadata, ...change }),
    without: (name: string) =>
      send(
        path,
        'PUT',
        bearer ?? '',
        Object.fromEntries(Object.entries(metadata).filter(([it]) => it !== name)),
      ),
    metadata,
  }
}

test('J11 every member of a registration has a change here', async () => {
  const members = await clientMembers(target.server.store)
  expect(Object.keys(CHANGES).sort()).toEqual([...members].sort())
})

test.each(Object.keys(CHANGES).filter((each) => !OWN.includes(each)))(
  'J11 an application does not change its own %s',
  async (name) => {
    const own = await register()
    const before = await own.read()
    const { status, text } = await own.put({ [name]: CHANGES[name] })
    expect([400, 403], text).toContain(status)
    expect(await own.read()).toEqual(before)
  },
)

test.each(OWN)('J11 an application changes its own %s', async (name) => {
  const { status, text } = await (await register()).put({ [name]: CHANGES[name] })
  expect(status, text).toBe(200)
})

test.each([
  ['client_name', 'Carekey'],
  ['logo_uri', 'https://viewer.example/logo.png'],
  ['policy_uri', 'https://viewer.example/policy'],
  ['contacts', ['somebody@viewer.example']],
  ['grant_types', ['authorization_code', 'refresh_token']],
  ['default_max_age', 31_536_000],
  ['launch_uri', 'https://viewer.example/launch'],
  ['scope', 'patient/Observation.rs'],
  ['redirect_uris', ['https://viewer.example/callback', 'https://evil.example/callback']],
  ['redirect_uris', ['https://viewer.example:444/callback']],
])('J11 the refusal names %s', async (name, value) => {
  const { status, json } = await (await register()).put({ [name]: value })
  expect([status, json.error]).toEqual([403, 'access_denied'])
  expect(json.error_description).toMatch(new RegExp(`administrator.* ${name}`))
})

test('J11 leaving a member out is a change of it', async () => {
  const own = await register()
  for (const name of ['client_name', 'scope']) {
    const { status, json } = await own.without(name)
    expect([status, json.error], name).toEqual([403, 'access_denied'])
  }
})
