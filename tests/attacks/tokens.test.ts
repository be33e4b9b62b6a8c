import { randomUUID } from 'node:crypto'
import { generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signIn } from '../fixtures/sign-in.ts'
import { attack } from './attack.ts'
import { type AttackedServer, startAttackedServer } from './attacked-server.ts'
import { ask, codeForm, decide, logIn, post } from './authorization-request.ts'
import { applications, holders } from './people.ts'

const anna = attack()
let other: AttackedServer
beforeAll(async () => {
  other = await startAttackedServer()
})
afterAll(() => other.close())

const { ext } = applications
const NOW = Math.floor(Date.now() / 1000)

/** A well-formed token, signed by a key that this server does not know. */
const signedElsewhere = async (claims: object = {}): Promise<string> => {
  const { privateKey } = await generateKeyPair('RS256')
  const scope = holders.TA.scope
  return new SignJWT({ scope, patient: 'pa', client_id: 'ext', sub: 'anna', nbf: NOW - 60, ...claims })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt' })
    .setIssuer(anna.server.url)
    .setAudience(`${anna.server.url}/fhir`)
    .setExpirationTime('1h')
    .setJti(randomUUID())
    .sign(privateKey)
}

const signInFully = async () => {
  const visit = await decide(await logIn(await ask(anna)))
  const { json } = await post(anna, '/oauth/token', ext, codeForm(visit))
  return json as { access_token: string; refresh_token: string; id_token: string }
}

/** A token that is expired, or whose window is: the rows are backdated, because the server uses the real clock. */
const expired = async (table: 'oauth_record' | 'consent'): Promise<string> => {
  const { access_token } = await signInFully()
  await anna.server.store.write((trx) =>
    trx
      .updateTable(table)
      .set({ expires_at: Date.now() - 1000 })
      .where('grant_id', 'is not', null)
      .execute(),
  )
  return access_token
}

const unsigned = (): string => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub: 'anna', patient: 'pa', scope: holders.TA.scope })}.`
}

test.each<[string, () => Promise<string | undefined> | string | undefined]>([
  ['no token', () => undefined],
  ['an empty token', () => ''],
  ['a token whose time is over', () => expired('oauth_record')],
  ['a token whose window is over', () => expired('consent')],
  ['a token signed by another key', () => signedElsewhere()],
  ['a token for another audience', () => signedElsewhere({ aud: 'https://other.test/fhir' })],
  ["another organization's token", () => fromElsewhere()],
  ['a token that is not valid before an hour', () => signedElsewhere({ nbf: NOW + 3600 })],
  ['a token without a signature', unsigned],
  ['a refresh token', async () => (await signInFully()).refresh_token],
  ['an id_token', async () => (await signInFully()).id_token],
  [
    'a code',
    async () => (await decide(await logIn(await ask(anna)))).page.url.searchParams.get('code') ?? '',
  ],
])('B28 %s opens nothing and is answered with 401', async (_name, obtain) => {
  const bearer = await obtain()
  for (const path of ['Patient/pa', 'Observation', 'Observation/no-such-id', 'AuditEvent', 'Nothing']) {
    const answer = await anna.send(`/fhir/${path}`, bearer === undefined ? {} : { bearer })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /)
    expect(answer.text).not.toMatch(/ZZCANARY|"(pa|a-obs1)"/)
  }
})

test('B28 the same requests with a valid token are answered, so the token is the reason for the refusals', async () => {
  expect((await anna.send('/fhir/Patient/pa', { as: 'TA' })).status).toBe(200)
})

describe('B29 a token in the address opens nothing, and is not stored', () => {
  const paths = ['Patient/pa', 'Observation', 'Observation?patient=pa', 'AuditEvent', 'Nothing/1']
  const spelled = ['access_token', 'access%5Ftoken', '%61ccess_token']
  const withToken = (path: string, name: string, token: string) =>
    `/fhir/${path}${path.includes('?') ? '&' : '?'}${name}=${token}`

  test.each(paths)('%s without another token is answered with 401', async (path) => {
    for (const name of spelled) {
      const answer = await anna.send(withToken(path, name, await anna.token('TA')))
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /)
      expect(answer.text).not.toMatch(/ZZCANARY/)
    }
  })

  test.each(paths)(
    '%s together with a token in the header is refused too, whoever it belongs to',
    async (path) => {
      for (const name of spelled) {
        const own = await anna.send(withToken(path, name, await anna.token('TA')), { as: 'TA' })
        expect(own.status).toBe(400)
        expect(own.text).not.toMatch(/ZZCANARY/)
      }
    },
  )

  test('a token in a posted form opens nothing either', async () => {
    const body = () => new URLSearchParams({ access_token: token, patient: 'pa' })
    const token = await anna.token('TA')
    const search = '/fhir/Observation/_search'
    expect((await anna.send(search, { method: 'POST', body: body() })).status).toBe(401)
    expect((await anna.send(search, { as: 'TA', method: 'POST', body: body() })).status).toBe(400)
    expect((await anna.send('/fhir', { method: 'POST', body: body() })).status).toBe(401)
  })

  test('no entry and no line of the output contains it', async () => {
    const token = await anna.token('TA')
    await anna.send(withToken('Patient/pa', 'access_token', token))
    await anna.send(withToken('Observation', 'access%5Ftoken', token), { as: 'TA' })
    const entries = await anna.server.store.db.selectFrom('audit_event').select('json').execute()
    const texts = entries.map(({ json }) =>
      json.replace(/"query":"([^"]*)"/g, (_all, query) => Buffer.from(query, 'base64').toString()),
    )
    expect(texts.filter((text) => text.includes(token))).toEqual([])
    expect(texts.filter((text) => text.includes('Observation')).length).toBeGreaterThan(0)
    expect(anna.server.output()).not.toContain(token)
  })
})

const fromElsewhere = async (): Promise<string> =>
  (await signIn(other.url, { ...holders.TA, application: ext })).access_token
