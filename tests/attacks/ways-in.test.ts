import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { attack } from './attack.ts'
import { ask, codeForm, decide, logIn } from './authorization-request.ts'
import { applications } from './people.ts'
import { spellingsOf } from './spellings.ts'

const anna = attack()
const { conf } = applications

const FORM = 'Content-Type: application/x-www-form-urlencoded'
const JSON_TYPE = 'Content-Type: application/json'

const forEverybody = {
  client_name: 'Everything',
  redirect_uris: ['https://evil.example/callback'],
  token_endpoint_auth_method: 'private_key_jwt',
  grant_types: ['authorization_code', 'client_credentials'],
  jwks: { keys: [] },
  scope: 'system/*.rs',
}

const clients = async () => {
  const rows = await anna.server.store.db
    .selectFrom('oauth_record')
    .select('id')
    .where('model', '=', 'Client')
    .execute()
  return rows.map(({ id }) => id).sort()
}

const send = async (target: string, method: string, { lines = [], body = '' }: Sent = {}) => {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  const request = { head: [`${method} ${target} HTTP/1.1`, ...lines, ...length], body }
  const { answers } = await anna.sendRaw(request)
  const [answer] = answers
  if (!answer) return expect.fail(`no answer to ${method} ${target}`)
  return { status: answer.response.status, headers: answer.response.headers, text: answer.text }
}
interface Sent {
  readonly lines?: readonly string[]
  readonly body?: string
}

describe('F01 another spelling of an endpoint is checked by the same rule, or does not exist', () => {
  test('nothing is registered without a token', async () => {
    const before = await clients()
    const body = JSON.stringify(forEverybody)
    for (const { name, target } of spellingsOf('/oauth/register'))
      for (const token of ['', 'Authorization: Bearer a-token-of-the-attackers-own']) {
        const lines = [JSON_TYPE, ...(token && [token])]
        const { status, text } = await send(target, 'POST', { lines, body })
        expect([401, 404], `${name}: ${text}`).toContain(status)
      }
    expect(await clients()).toEqual(before)
  })

  test('nothing is registered with a token of a patient or a clinician', async () => {
    const before = await clients()
    const body = JSON.stringify(forEverybody)
    for (const holder of ['TA', 'TC'] as const) {
      const lines = [JSON_TYPE, `Authorization: Bearer ${await anna.token(holder)}`]
      for (const { name, target } of spellingsOf('/oauth/register'))
        expect([403, 404], name).toContain((await send(target, 'POST', { lines, body })).status)
    }
    expect(await clients()).toEqual(before)
  })
})

test.each([
  ['GET', '/oauth/authorize/'],
  ['GET', '/oauth/authorize/?client_id=ext'],
  ['GET', '/oauth/register/'],
  ['PUT', '/oauth/register/'],
  ['DELETE', '/oauth/register/'],
])('F01 an empty segment leads nowhere: %s %s', async (method, target) => {
  expect((await send(target, method)).status).toBe(404)
})

describe('F02 a rule for one spelling of an endpoint holds for all others', () => {
  test('a code gives a token with its patient, and an entry of kind token', async () => {
    for (const { name, target } of spellingsOf('/oauth/token')) {
      const visit = await decide(await logIn(await ask(anna)))
      const id = randomUUID()
      const lines = [FORM, `X-Request-Id: ${id}`]
      const body = String(new URLSearchParams({ ...codeForm(visit), client_id: applications.ext.client_id }))
      const { status, text } = await send(target, 'POST', { lines, body })
      const entry = await anna.server.store.db
        .selectFrom('audit_event')
        .select(['subtype', 'patient', 'outcome'])
        .where('request_id', '=', id)
        .executeTakeFirst()
      // A query is refused at the token endpoint (A22).
      if (status === 200) {
        expect(JSON.parse(text), name).toMatchObject({ patient: 'pa', access_token: expect.any(String) })
        expect(entry, name).toEqual({ subtype: 'token', patient: 'pa', outcome: '0' })
      } else {
        expect([400, 404], `${name}: ${text}`).toContain(status)
        expect(text, name).not.toContain('access_token')
        expect(entry?.outcome, name).not.toBe('0')
      }
    }
  })

  test.each(['/oauth/token', '/oauth/introspect', '/oauth/revoke'])(
    'wrong secrets are counted at %s',
    async (path) => {
      const wrong = `Authorization: Basic ${Buffer.from(`${conf.client_id}:guess`).toString('base64')}`
      const body = 'token=nobodys&grant_type=refresh_token&refresh_token=nobodys'
      const counted = async () =>
        (await anna.server.store.db.selectFrom('rate_limit').select('failures').execute()).reduce(
          (sum, { failures }) => sum + failures,
          0,
        )
      // The last try that succeeded may still be counted in advance for the next request. This request uses it up.
      await send(path, 'POST', { lines: [FORM, wrong], body })
      for (const { name, target } of spellingsOf(path)) {
        await anna.server.store.write((trx) => trx.deleteFrom('rate_limit').execute())
        const { status } = await send(target, 'POST', { lines: [FORM, wrong], body })
        if (status !== 401) expect([400, 404], name).toContain(status)
        // For its network, and for its site.
        await expect.poll(counted, { message: name }).toBe(status === 401 ? 2 : 0)
      }
    },
  )

  test('a page of an unregistered origin may read nothing', async () => {
    for (const [method, path] of [
      ['POST', '/oauth/token'],
      ['POST', '/oauth/introspect'],
      ['POST', '/oauth/revoke'],
      ['POST', '/oauth/register'],
      ['GET', '/oauth/userinfo'],
    ] as const)
      for (const { name, target } of spellingsOf(path)) {
        const { headers } = await send(target, method, { lines: ['Origin: https://evil.test', FORM] })
        expect(headers.get('access-control-allow-origin'), `${path}, ${name}`).toBeNull()
      }
  })

  test('the answer about a registration shows no hash', async () => {
    const registration = await anna.send('/oauth/register', {
      as: 'TADM',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: 'Own', redirect_uris: ['https://own.example/callback'] }),
    })
    expect(registration.status, registration.text).toBe(201)
    const { client_id, registration_access_token } = registration.json
    const lines = [`Authorization: Bearer ${registration_access_token}`]
    const readable = []
    for (const { name, target } of spellingsOf(`/oauth/register/${client_id}`)) {
      const { status, text } = await send(target, 'GET', { lines })
      // With another id it is the address of another application, which this token does not cover.
      expect([200, 401, 404], `${name}: ${text}`).toContain(status)
      expect(text, name).not.toMatch(/argon2|client_secret"/)
      if (status === 200) readable.push(name)
    }
    expect(readable).toContain('an escaped letter')
  })

  test('an authorization asks for consent, and never redirects to a foreign address', async () => {
    for (const { name, target } of spellingsOf('/oauth/authorize')) {
      const query = new URLSearchParams({
        client_id: 'ext',
        response_type: 'code',
        redirect_uri: 'https://evil.test/',
      })
      const { status, headers } = await send(`${target}${target.includes('?') ? '&' : '?'}${query}`, 'GET')
      expect([400, 404], name).toContain(status)
      expect(headers.get('location'), name).toBeNull()
    }
  })
})
