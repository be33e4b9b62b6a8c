import { describe, expect, test } from 'vitest'
import { refusedRequests } from '../fixtures/refused-requests.ts'
import { type Answer, attack } from './attack.ts'
import { ask, logIn, post } from './authorization-request.ts'
import { applications } from './people.ts'

const anna = attack()
const { conf } = applications

interface Logged {
  readonly outcome: string
  readonly patient: string | null
  readonly subtype: string
  readonly event: { outcomeDesc?: string; agent: { network?: { address?: string } }[] }
}

/**
 * The entry of a refused request: a code for its outcome and one for its reason, an address, and no personal data.
 */
const expectLogged = async ({ headers }: Answer, reason: string, kind: string): Promise<void> => {
  const row = await anna.server.store.db
    .selectFrom('audit_event')
    .selectAll()
    .where('request_id', '=', headers.get('x-request-id') ?? '')
    .executeTakeFirstOrThrow()
  const entry: Logged = { ...row, event: JSON.parse(row.json) }
  expect(entry.outcome).toBe('4')
  expect(entry.event.outcomeDesc).toBe(reason)
  expect(entry.subtype).toBe(kind)
  expect(entry.event.agent.some(({ network }) => network?.address)).toBe(true)
  expect(row.json).not.toMatch(/ZZCANARY/)
}

/** Sends a stranger's request, which is counted by its kind and reason. No entry and nothing that it sent is stored. */
const expectCounted = async (name: string, request: () => Promise<Answer>): Promise<Answer> => {
  const { store } = anna.server
  const before = (await refusedRequests(store)).by[name] ?? 0
  const answer = await request()
  expect((await refusedRequests(store)).by[name]).toBe(before + 1)
  const rows = await store.db.selectFrom('refused_request').select('network').distinct().execute()
  for (const { network } of rows) expect(['127.0.0.0/24', '::/64']).toContain(network)
  return answer
}

// A 429 is tested by A23; the oracle checks its count as usual.
describe('D03 a refused request for the record is logged with its code and without its data', () => {
  test.each([
    [403, 'insufficient_scope', 'read', 'Patient/pa', { as: 'TAobs' }],
    [403, 'insufficient_scope', 'search', 'Patient', { as: 'TADM' }],
    [404, 'not_found', 'read', 'Patient/pb', { as: 'TA' }],
    [404, 'not_found', 'read', 'Patient/no-such-id', { as: 'TA' }],
    [404, 'unknown_type', 'other', 'Nothing/1', { as: 'TA' }],
    [400, 'not_supported', 'other', 'Patient/pa/_history', { as: 'TA' }],
    [404, 'not_found', 'other', 'Patient/pa/nothing-like-it', { as: 'TA' }],
    [400, 'bad_request', 'search', 'Observation?date=never', { as: 'TA' }],
    [400, 'not_supported', 'search', 'Observation?subject:Patient.name=x', { as: 'TA' }],
    [400, 'bad_request', 'read', 'Patient/pa?access_token=in-the-address', { as: 'TA' }],
    [405, 'method_not_allowed', 'other', 'Patient/pa', { as: 'TA', method: 'DELETE' }],
  ] as const)('%i %s for a %s of %s', async (status, reason, kind, path, options) => {
    const answer = await anna.send(`/fhir/${path}`, options)
    expect(answer.status).toBe(status)
    await expectLogged(answer, reason, kind)
  })

  test.each([
    ['login_required', {}],
    ['invalid_token', { bearer: 'nobodys-token' }],
  ] as const)("a stranger's refused request is counted: %s", async (reason, options) => {
    const answer = await expectCounted(`read ${reason}`, () => anna.send('/fhir/Patient/pa', options))
    expect(answer.status).toBe(401)
  })
})

describe('D03, M8 a refused token request is logged or counted, with its code and without its secrets', () => {
  test('a wrong code, a wrong secret, an unknown grant type', async () => {
    const form = {
      grant_type: 'authorization_code',
      code: 'nobodys-code',
      code_verifier: 'v'.repeat(43),
      redirect_uri: conf.redirect_uri,
    }
    const wrongCode = await post(anna, '/oauth/token', conf, form)
    expect(wrongCode.status).toBe(400)
    await expectLogged(wrongCode, 'invalid_grant', 'token')
    const guess = { ...conf, client_secret: 'not-the-secret' }
    const wrongSecret = await expectCounted('token invalid_client', () =>
      post(anna, '/oauth/token', guess, form),
    )
    expect(wrongSecret.status).toBe(401)
    const password = await post(anna, '/oauth/token', conf, { grant_type: 'password' })
    expect(password.status).toBe(400)
    await expectLogged(password, 'unsupported_grant_type', 'token')
  })

  test('an authorization request without a code_challenge', async () => {
    const query = new URLSearchParams({ client_id: 'ext', response_type: 'code', scope: 'openid' })
    const answer = await expectCounted('authorize invalid_request', () =>
      anna.send(`/oauth/authorize?${query}`),
    )
    expect(answer.status).toBe(400)
  })

  test('an introspection, a revocation and a registration by strangers', async () => {
    const stranger = { ...conf, client_secret: 'not-the-secret' }
    for (const [path, kind] of [
      ['/oauth/introspect', 'introspect'],
      ['/oauth/revoke', 'revoke'],
    ] as const) {
      const guess = () => post(anna, path, stranger, { token: 'nobodys-token' })
      expect((await expectCounted(`${kind} invalid_client`, guess)).status).toBe(401)
    }
    const register = () => anna.send('/oauth/register', { method: 'POST', body: '{}' })
    expect((await expectCounted('register http_401', register)).status).toBe(401)
  })
})

describe('D03, M8 a refused form is logged, or counted if nobody knows whose it is', () => {
  const submit = async (fields: Record<string, string>, page: 'login' | 'consent'): Promise<Answer> => {
    const login = await ask(anna)
    const visit = page === 'login' ? login : await logIn(login)
    const { status, headers, html } = await visit.agent.submit(visit.page, fields)
    return { status, headers, text: html, json: undefined }
  }

  test('a wrong password', async () => {
    const answer = await submit({ username: 'anna', password: 'wrong password' }, 'login')
    // The browser's sign-in window closes itself on any other status.
    expect(answer.status).toBe(200)
    await expectLogged(answer, 'wrong_password', 'sign-in')
  })

  test('a form from another site', async () => {
    const forged = { form_token: 'forged' }
    const login = await expectCounted('sign-in foreign_form', () =>
      submit({ ...forged, username: 'anna', password: 'anna-demo' }, 'login'),
    )
    expect(login.status).toBe(403)
    const consent = await expectCounted('consent foreign_form', () =>
      submit({ ...forged, window: 'hour', decision: 'allow' }, 'consent'),
    )
    expect(consent.status).toBe(403)
  })

  test('a form without a choice', async () => {
    const answer = await submit({ allow: '', decision: 'allow' }, 'consent')
    expect(answer.status).toBe(200)
    await expectLogged(answer, 'nothing_chosen', 'consent')
  })
})
