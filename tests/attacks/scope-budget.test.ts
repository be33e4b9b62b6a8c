import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { storedId } from '../../server/grants/stored-id.ts'
import { attack } from './attack.ts'
import { ask, authorizationOf } from './authorization-request.ts'
import { applications } from './people.ts'

const anna = attack()

const finer = (count: number) =>
  Array.from({ length: count }, (_, at) => `patient/Observation.rs?code=${10_000 + at}-1`).join(' ')
const plain = (count: number) =>
  Array.from(
    { length: count },
    (_, at) => `patient/A${'x'.repeat((at % 50) + 1)}.${at < 50 ? 'r' : 's'}`,
  ).join(' ')

const OVER: readonly [string, string, RegExp][] = [
  ['60 finer-grained scopes', finer(60), /more than 10 scopes with a limit/],
  ['330', finer(330), /longer than 4096 bytes/],
  ['65 scopes', plain(65), /more than 64 scopes/],
  ['4,000 spaces', ' '.repeat(4_000), /invalid characters/],
  [
    'one scope with 31 values',
    `patient/Observation.rs?code=${Array(31).fill('718-7').join(',')}`,
    /more than 30 values/,
  ],
  [
    'commas that are escaped',
    `patient/Observation.rs?code=${Array(31).fill('718-7').join('%2c')}`,
    /more than 30 values/,
  ],
]

describe('J02 a list of scopes beyond the budget is refused', () => {
  test.each(OVER)('at authorize: %s', async (_, scope, reason) => {
    const { page } = await ask(anna, { scope })
    expect(page.url.searchParams.get('error')).toBe('invalid_scope')
    expect(page.url.searchParams.get('error_description')).toMatch(reason)
  })

  test('at authorize by POST: 550', async () => {
    const { url } = await authorizationOf(anna, { scope: finer(550) })
    const answer = await anna.send('/oauth/authorize', {
      method: 'POST',
      redirect: 'manual',
      body: url.searchParams,
    })
    expect(answer.status).toBe(413)
  })

  const metadata = (scope: string) => ({
    client_name: 'Many',
    redirect_uris: ['https://many.example/callback'],
    token_endpoint_auth_method: 'none',
    scope,
  })
  const sendJson = (path: string, method: string, body: object, headers: Record<string, string>) =>
    anna.send(path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })

  test.each(OVER.filter(([name]) => !name.includes('spaces')))(
    'at registration and its change: %s',
    async (_, scope, reason) => {
      const headers = { authorization: `Bearer ${await anna.token('TADM')}` }
      const refused = await sendJson('/oauth/register', 'POST', metadata(scope), headers)
      expect([refused.status, refused.json.error]).toEqual([400, 'invalid_client_metadata'])
      expect(refused.json.error_description).toMatch(reason)

      const { json } = await sendJson('/oauth/register', 'POST', metadata('patient/*.rs'), headers)
      const own = { authorization: `Bearer ${json.registration_access_token}` }
      const change = { ...metadata(scope), client_id: json.client_id }
      const changed = await sendJson(`/oauth/register/${json.client_id}`, 'PUT', change, own)
      expect([changed.status, changed.json.error]).toEqual([400, 'invalid_client_metadata'])
    },
  )

  test.each([
    [
      'redirect_uris',
      Array.from({ length: 21 }, (_, at) => `https://many.example/${at}`),
      /redirect_uris must have no more than 20/,
    ],
    ['contacts', Array(21).fill('a@many.example'), /contacts must have no more than 20/],
    ['grant_types', Array(21).fill('authorization_code'), /grant_types must have no more than 20/],
    ['jwks', { keys: Array(11).fill({ kty: 'EC' }) }, /jwks must have no more than 10 keys/],
    [
      'jwks',
      { keys: [{ kty: 'RSA', e: 'A'.repeat(342), n: 'A'.repeat(342) }] },
      /jwks must have RSA keys of/,
    ],
    ['jwks', { keys: [{ kty: 'RSA', e: 'AQAB', n: 'A'.repeat(2730) }] }, /jwks must have RSA keys of/],
    ['jwks', { keys: Array(10).fill({ kty: 'EC', note: 'x'.repeat(5_000) }) }, /no more than 16384 bytes/],
  ])('at registration, a list of its metadata: %s', async (name, list, reason) => {
    const headers = { authorization: `Bearer ${await anna.token('TADM')}` }
    const body = { ...metadata('patient/*.rs'), [name]: list }
    const { status, json } = await sendJson('/oauth/register', 'POST', body, headers)
    expect([status, json.error]).toEqual([
      400,
      name === 'redirect_uris' ? 'invalid_redirect_uri' : 'invalid_client_metadata',
    ])
    expect(json.error_description).toMatch(reason)
  })

  test('ten RSA keys of 4096 bits are within it', async () => {
    const headers = { authorization: `Bearer ${await anna.token('TADM')}` }
    const keys = Array.from({ length: 10 }, () => {
      const n = randomBytes(512)
      n[0] = 0xff
      n[511] = 0xff
      const kid = randomBytes(32).toString('base64url')
      return { kty: 'RSA', e: 'AQAB', n: n.toString('base64url'), kid, use: 'sig', alg: 'RS384' }
    })
    const body = { ...metadata('patient/*.rs'), jwks: { keys } }
    expect((await sendJson('/oauth/register', 'POST', body, headers)).status).toBe(201)
  })

  test('several resources', async () => {
    const { url } = await authorizationOf(anna, { scope: 'launch/patient patient/*.rs' })
    for (let n = 0; n < 100; n++) url.searchParams.append('resource', `${anna.server.url}/fhir`)
    const answer = await anna.send(url.pathname + url.search, { redirect: 'manual' })
    expect(answer.headers.get('location')).toContain('error=invalid_target')
  })

  test('at refresh', async () => {
    const tokens = await anna.signIn({
      username: 'anna',
      scope: 'launch/patient patient/*.rs offline_access',
      application: applications.ext,
      window: 'hour',
    })
    const answer = await anna.send('/oauth/token', {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: tokens.refresh_token ?? '',
        client_id: applications.ext.client_id,
        scope: finer(60),
      }),
    })
    expect([answer.status, answer.json.error]).toEqual([400, 'invalid_scope'])
  })

  test.each([60, 330, 550])('a stored grant of %i opens nothing', async (count) => {
    const bearer = (
      await anna.signIn({
        username: 'anna',
        scope: 'launch/patient patient/*.rs',
        application: applications.ext,
      })
    ).access_token
    const scope = finer(count)
    const { db } = anna.server.store
    const { grant_id, payload } = await db
      .selectFrom('oauth_record')
      .select(['grant_id', 'payload'])
      .where('id', '=', storedId(bearer))
      .executeTakeFirstOrThrow()
    await db.updateTable('consent').set({ scope }).where('grant_id', '=', grant_id).execute()
    await db
      .updateTable('oauth_record')
      .set({ payload: JSON.stringify({ ...JSON.parse(payload), scope }) })
      .where('id', '=', storedId(bearer))
      .execute()
    expect((await anna.send('/fhir/Observation', { bearer })).status).toBe(403)
  })
})

test('J02 a list at the limit is granted', async () => {
  const limited = finer(10).replaceAll('-1', '-1,718-7,85354-9')
  const rest = Array.from({ length: 50 }, (_, at) => `patient/Observation.r${'s'.repeat(at % 2)}`).join(' ')
  const { scope } = await anna.signIn({
    username: 'anna',
    scope: `openid fhirUser launch/patient offline_access ${limited} ${rest}`,
    application: applications.ext,
    window: 'hour',
  })
  for (const word of limited.split(' ')) expect(scope?.split(' ')).toContain(word)
})
