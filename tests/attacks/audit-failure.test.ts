import { afterEach, describe, expect, test } from 'vitest'
import { type Answer, attack } from './attack.ts'
import { ask, codeForm, decide, logIn, post, type Visit } from './authorization-request.ts'
import { applications } from './people.ts'

const anna = attack()
const { ext, conf } = applications
afterEach(() => anna.server.mendLog())

/** The numbers of consents and tokens, which a request that could not be logged must not change. */
const allow = async () => {
  const { db } = anna.server.store
  const consents = await db
    .selectFrom('consent')
    .select(['grant_id', 'revoked_at'])
    .orderBy('grant_id')
    .execute()
  const records = await db
    .selectFrom('oauth_record')
    .select(['model', 'id', 'consumed_at'])
    .where('model', 'in', ['Client', 'AuthorizationCode', 'AccessToken', 'RefreshToken', 'Grant'])
    .orderBy('id')
    .execute()
  return { consents, records }
}

const lines = () =>
  anna.server
    .output()
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))

/** Sends a request that the log cannot take: 503, nothing revealed, nothing changed. Then repairs the log. */
const unlogged = async (request: () => Promise<Answer>): Promise<Answer> => {
  const before = await allow()
  await anna.server.breakLog()
  const answer = await request()
  expect(answer.status, answer.text).toBe(503)
  expect(answer.headers.has('retry-after')).toBe(true)
  expect(answer.headers.has('location')).toBe(false)
  expect(answer.headers.has('etag')).toBe(false)
  expect(answer.headers.getSetCookie()).toEqual([])
  expect(answer.text).not.toMatch(/ZZCANARY|"(pa|a-obs1|access_token)"/)
  await anna.server.mendLog()
  expect(await allow()).toEqual(before)
  const fault = expect.objectContaining({
    ...{
      level: 'error',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      code: 'store-unavailable',
    },
    ...{
      request: answer.headers.get('x-request-id'),
      cause: expect.objectContaining({ code: expect.any(String) }),
    },
  })
  await expect.poll(lines, { message: 'T05 the refusal with its cause' }).toContainEqual(fault)
  return answer
}

describe('D01 nothing of a record leaves the server when the access cannot be logged', () => {
  test.each([
    ['a read', 'Patient/pa', {}],
    ['a HEAD', 'Patient/pa', { method: 'HEAD' }],
    ['a read of a known resource', 'Patient/pa', { headers: { 'if-none-match': 'W/"1"' } }],
    ['a search', 'Observation', {}],
    ['a posted search', 'Observation/_search', { method: 'POST', body: new URLSearchParams('patient=pa') }],
    ['a page of the access log', 'AuditEvent', {}],
    ['a refusal for a missing resource', 'Patient/pb', {}],
    ['a refusal of a malformed request', 'Observation?date=never', {}],
  ])('%s', async (_name, path, init) => {
    await anna.token('TA')
    await unlogged(() => anna.send(`/fhir/${path}`, { as: 'TA', ...init }))
  })

  test('a refusal because of the token', async () => {
    await unlogged(() => anna.send('/fhir/Patient/pa', { bearer: 'nobodys-token' }))
  })
})

const signInWith = async (application: typeof ext | typeof conf) => {
  const visit = await decide(await logIn(await ask(anna, { application })))
  const { json } = await post(anna, '/oauth/token', application, codeForm(visit))
  return json as { access_token: string; refresh_token: string }
}

const answerOf = ({ page }: Pick<Visit, 'page'>): Answer => ({ ...page, text: page.html, json: undefined })

const submitted = async ({ agent, page }: Visit, fields: Record<string, string>): Promise<Answer> =>
  answerOf({ page: await agent.submit(page, fields) })

describe('D01 no token is issued or accepted when that cannot be logged, and the next try works', () => {
  test('an authorization request, which is logged only once somebody signs in, gets as far as the password', async () => {
    await anna.server.breakLog()
    const visit = await ask(anna)
    await anna.server.mendLog()
    expect(visit.page.url.pathname).toMatch(/^\/login\//)
    await unlogged(() => submitted(visit, { username: 'anna', password: 'anna-demo' }))
  })

  test('a sign-in, with the right password or a wrong one', async () => {
    const visit = await ask(anna)
    await unlogged(() => submitted(visit, { username: 'anna', password: 'wrong password' }))
    await unlogged(() => submitted(visit, { username: 'anna', password: 'anna-demo' }))
    expect((await logIn(visit)).page.url.pathname).toMatch(/^\/consent\//)
  })

  test('a consent, given or denied', async () => {
    const visit = await logIn(await ask(anna))
    await unlogged(() => submitted(visit, { window: 'hour', decision: 'deny' }))
    await unlogged(() => submitted(visit, { window: 'hour', decision: 'allow' }))
    expect((await decide(visit)).page.url.searchParams.has('code')).toBe(true)
  })

  test('the redemption of a code', async () => {
    const visit = await decide(await logIn(await ask(anna)))
    await unlogged(() => post(anna, '/oauth/token', ext, codeForm(visit)))
    expect((await post(anna, '/oauth/token', ext, codeForm(visit))).status).toBe(200)
  })

  test('a refresh', async () => {
    const { refresh_token } = await signInWith(ext)
    const refresh = () => post(anna, '/oauth/token', ext, { grant_type: 'refresh_token', refresh_token })
    await unlogged(refresh)
    expect((await refresh()).status).toBe(200)
  })

  test('a refusal at the token endpoint', async () => {
    const wrong = { grant_type: 'refresh_token', refresh_token: 'nobodys-token' }
    await unlogged(() => post(anna, '/oauth/token', ext, wrong))
    await unlogged(() => post(anna, '/oauth/token', { ...conf, client_secret: 'not-the-secret' }, wrong))
  })

  test('an introspection and a revocation', async () => {
    const { access_token } = await signInWith(conf)
    const form = { token: access_token }
    const introspection = await unlogged(() => post(anna, '/oauth/introspect', conf, form))
    expect(introspection.text).not.toContain('active')
    await unlogged(() => post(anna, '/oauth/revoke', conf, form))
    expect((await anna.send('/fhir/Patient/pa', { bearer: access_token })).status).toBe(200)
    expect((await post(anna, '/oauth/revoke', conf, form)).status).toBe(200)
    expect((await anna.send('/fhir/Patient/pa', { bearer: access_token })).status).toBe(401)
  })

  test('a registration', async () => {
    await anna.token('TADM')
    const answer = await unlogged(() =>
      anna.send('/oauth/register', {
        as: 'TADM',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ redirect_uris: ['https://new.example/callback'] }),
      }),
    )
    expect(answer.text).not.toMatch(/client_(id|secret)|registration_access_token/)
  })

  test('userinfo, and a request that no endpoint takes', async () => {
    const { access_token } = await signInWith(ext)
    await unlogged(() => anna.send('/oauth/userinfo', { bearer: access_token }))
    await unlogged(() => anna.send('/oauth/authorize/'))
  })

  test('a form from another site', async () => {
    const visit = await ask(anna)
    await unlogged(() => submitted(visit, { form_token: 'forged', username: 'anna', password: 'anna-demo' }))
  })
})
