import { expect, it } from 'vitest'
import { checkNetworkRegistration } from '../../../server/oauth/clients/network-registration.ts'

const redirect_uris = ['https://app.example/callback']
const before = {
  redirect_uris,
  client_name: 'Viewer',
  scope: 'openid patient/*.rs',
  grant_types: ['authorization_code'],
  token_endpoint_auth_method: 'client_secret_basic',
  dpop_bound_access_tokens: true,
  launch_uri: 'https://launch.example/',
  jwks_uri: 'https://app.example/keys',
  a_member_of_a_later_engine: 'as it was',
}
const denied = expect.objectContaining({ error: 'access_denied', status: 403 })

it.each([
  [{ grant_types: ['client_credentials'] }],
  [{ grant_types: ['authorization_code', 'client_credentials'] }],
  [{ grant_types: 'client_credentials' }],
  [{ scope: 'system/*.rs' }],
  [{ scope: 'openid patient/*.rs system/Observation.r' }],
  [{ scope: ' system/Patient.rs' }],
  [{ resource_server: true }],
  [{ resource_server: false }],
])('F04 an application that registers over the network never has %j', (metadata) => {
  const next = { redirect_uris, ...metadata } as Parameters<typeof checkNetworkRegistration>[0]
  for (const registered of [undefined, { redirect_uris }, next])
    expect(() => checkNetworkRegistration(next, registered)).toThrow(
      expect.objectContaining({ error: 'invalid_client_metadata' }),
    )
})

it('F04 an application may register with scopes for people, or with none', () => {
  expect(() => checkNetworkRegistration({ redirect_uris })).not.toThrow()
  expect(() => checkNetworkRegistration({ redirect_uris, scope: 'openid patient/*.rs' })).not.toThrow()
})

it('J11 an application may write the registration that it read', () => {
  expect(() => checkNetworkRegistration(structuredClone(before), before)).not.toThrow()
})

it.each(Object.keys(before).filter((name) => !['redirect_uris', 'jwks_uri'].includes(name)))(
  'J11 an application neither changes nor leaves out %s',
  (name) => {
    const { [name]: _, ...without } = before as Record<string, unknown>
    for (const next of [without, { ...before, [name]: 'another value' }])
      expect(() => checkNetworkRegistration(next, before)).toThrow(denied)
  },
)

it.each(['client_uri', 'contacts', 'logo_uri', 'initiate_login_uri', 'a_member_that_is_not_known'])(
  'J11 an application does not add %s',
  (name) => {
    expect(() => checkNetworkRegistration({ ...before, [name]: 'https://app.example/' }, before)).toThrow(
      denied,
    )
  },
)

it('J11 an application may change its keys and its secret', () => {
  const { jwks_uri: _, ...others } = before
  for (const next of [
    { ...others, jwks: { keys: [] } },
    { ...before, jwks_uri: 'https://keys.example/' },
    { ...before, client_secret: 'a new one', client_secret_expires_at: 0 },
  ])
    expect(() => checkNetworkRegistration(next, before)).not.toThrow()
})

it.each([
  [['https://evil.example/callback']],
  [[...redirect_uris, 'https://evil.example/callback']],
  [['https://app.example:8443/callback']],
  [['http://app.example/callback']],
  [['https://app.example.evil.test/callback']],
  [['https://sub.app.example/callback']],
  // The launch address is no place to which codes go.
  [['https://launch.example/']],
])('J11 an application does not move its redirect to another host: %j', (addresses) => {
  expect(() => checkNetworkRegistration({ ...before, redirect_uris: addresses }, before)).toThrow(denied)
})

it('J11 an application may move its redirect to another address at the same host', () => {
  const next = { ...before, redirect_uris: ['https://app.example/other', 'https://APP.example/'] }
  expect(() => checkNetworkRegistration(next, before)).not.toThrow()
})
