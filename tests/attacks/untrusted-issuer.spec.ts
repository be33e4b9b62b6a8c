import type { Page } from '@playwright/test'
import { redirectAddress } from '../../values/extension-addresses.ts'
import { ADDRESSES, type MockProvider, startMockProvider } from '../fakes/mock-provider.ts'
import { alter, configure, expect, isSignedIn, isTold, startSignIn, stored, test } from './extension.ts'
import { answerAs, type Claims, withClaims } from './hostile-answers.ts'

const OTHER_ISSUER = /answer did not come from/i
const DISCOVERY = '/fhir/.well-known/smart-configuration'
const OPENID = '/.well-known/openid-configuration'

/** Expects the popup to show the reason and to keep nothing; it is then as before. */
const isRefused = async (popup: Page, mock: MockProvider, why: RegExp): Promise<void> => {
  await startSignIn(popup, mock)
  await isTold(popup, why)
  const { sessions } = await stored(popup, 'session')
  const { grants, connections } = await stored(popup, 'local')
  expect({ ...Object(sessions), ...Object(grants), ...Object(connections) }).toEqual({})
  await popup.getByRole('button', { name: 'Dismiss' }).click()
  // The worker forgets it; until then, the next refusal would be taken for told.
  await expect(popup.getByRole('status').filter({ hasText: why })).toHaveCount(0)
}

test('E02, checklist E7 an answer from another issuer, from none, or with an extra slash is refused, and its code sent nowhere', async ({
  popup,
  mock,
}) => {
  for (const iss of ['https://other.test', undefined, `${mock.origin}/`]) {
    answerAs(mock, iss)
    await isRefused(popup, mock, OTHER_ISSUER)
  }
  expect(mock.requestsTo(ADDRESSES.token)).toEqual([])
  mock.unscript(ADDRESSES.authorize)
  await startSignIn(popup, mock)
  await isSignedIn(popup)
})

test("E03 an organization that sends its visitor to another one does not get that one's code", async ({
  popup,
  mock,
}) => {
  const honest = await startMockProvider()
  mock.script(ADDRESSES.authorize, ({ query }) => ({
    status: 302,
    headers: { location: `${honest.origin}${ADDRESSES.authorize}?${query}` },
  }))
  await isRefused(popup, mock, OTHER_ISSUER)
  await honest.close()
  expect(honest.given.code).toHaveLength(1)
  expect(mock.requestsTo(ADDRESSES.token)).toEqual([])
  expect(honest.requestsTo(ADDRESSES.token)).toEqual([])
})

test('F67 the code of an organization that sends no iss never reaches one that sent the visitor there', async ({
  popup,
  mock,
  carekey,
}) => {
  const honest = await startMockProvider()
  const own = `https://${carekey.id}.chromiumapp.org/`
  const registered = redirectAddress(own, `${honest.origin}/fhir`)
  const silent = () => ({ authorization_response_iss_parameter_supported: undefined })
  for (const path of [DISCOVERY, OPENID]) alter(mock, path, silent)
  honest.script(ADDRESSES.authorize, async ({ query }) => {
    if (query.get('redirect_uri') !== registered) return { status: 400, body: 'Unknown redirect address.' }
    const answer = new URLSearchParams({ code: 'code-of-honest', state: query.get('state') ?? '' })
    return { status: 302, headers: { location: `${registered}?${answer}` } }
  })
  const leadTo = (redirectUri: string) =>
    mock.script(ADDRESSES.authorize, ({ query }) => {
      query.set('redirect_uri', redirectUri)
      return { status: 302, headers: { location: `${honest.origin}${ADDRESSES.authorize}?${query}` } }
    })
  leadTo(registered)
  await isRefused(popup, mock, OTHER_ISSUER)
  leadTo(redirectAddress(own, `${mock.origin}/fhir`))
  await isRefused(popup, mock, /ended with an error page/i)
  await honest.close()
  expect(honest.requestsTo(ADDRESSES.authorize)).toHaveLength(2)
  expect(mock.requestsTo(ADDRESSES.token)).toEqual([])
})

test('E04 metadata of another issuer, or with endpoints elsewhere, is refused before a window opens', async ({
  popup,
  mock,
  evil,
}) => {
  alter(mock, OPENID, () => ({ issuer: 'https://other.test' }))
  await isRefused(popup, mock, OTHER_ISSUER)
  mock.unscript(OPENID)
  for (const [member, address, why] of [
    ['token_endpoint', `${evil.origin}/oauth/token`, /sends people to another address/i],
    ['token_endpoint', 'http://clinic.test/oauth/token', /is not encrypted/i],
    ['authorization_endpoint', `${evil.origin}/oauth/authorize`, /sends people to another address/i],
    ['revocation_endpoint', `${evil.origin}/oauth/revoke`, /sends people to another address/i],
  ] as const) {
    alter(mock, DISCOVERY, () => ({ [member]: address }))
    await isRefused(popup, mock, why)
  }
  expect(mock.requestsTo(ADDRESSES.authorize)).toEqual([])
})

test('J57 a record that names the sign-in page of an honest organization beside its own token endpoint gets no code', async ({
  popup,
  mock,
}) => {
  const honest = await startMockProvider()
  const authorization_endpoint = `${honest.origin}${ADDRESSES.authorize}`
  await configure(popup, mock, { name: 'Wellness Portal', authorizationEndpoint: authorization_endpoint })
  const portal = { ...mock, name: 'Wellness Portal' }
  for (const [issuer, why] of [
    [honest.origin, /does not confirm that/i],
    [undefined, /sends people to another address/i],
  ] as const) {
    alter(mock, DISCOVERY, () => ({ issuer, authorization_endpoint }))
    await isRefused(popup, portal, why)
  }
  await honest.close()
  for (const each of [mock, honest])
    for (const path of [ADDRESSES.authorize, ADDRESSES.token]) expect(each.requestsTo(path)).toEqual([])
})

test('E05, checklist E3 an organization without S256 is refused before a window opens', async ({
  popup,
  mock,
}) => {
  for (const methods of [undefined, [], ['plain'], ['s256']]) {
    alter(mock, DISCOVERY, () => ({ code_challenge_methods_supported: methods }))
    await isRefused(popup, mock, /does not protect the sign-in/i)
  }
  expect(mock.requestsTo(ADDRESSES.authorize)).toEqual([])
})

const now = () => Math.floor(Date.now() / 1000)

test('E06, checklist E12 an id_token is refused if it is for or from somebody else, of another sign-in, from another time, or unsigned', async ({
  popup,
  mock,
}) => {
  for (const [change, header] of [
    [{ aud: 'another-client' }],
    [{ iss: 'https://other.test' }],
    [{ nonce: 'of-another-sign-in' }],
    [{ exp: now() - 120 }],
    [{ iat: now() + 600 }],
    [{}, { alg: 'none' }],
  ] as [Claims, Claims?][]) {
    alter(mock, ADDRESSES.token, ({ id_token }) => ({ id_token: withClaims(id_token, change, header) }))
    await isRefused(popup, mock, /sent an unexpected answer/i)
  }
  const skewed = { iat: now() + 30, exp: now() - 30 }
  alter(mock, ADDRESSES.token, ({ id_token }) => ({ id_token: withClaims(id_token, skewed) }))
  await startSignIn(popup, mock)
  await isSignedIn(popup)
})
