import { describe, expect, test } from 'vitest'
import { ownCookieName } from '../fixtures/own-cookie-name.ts'
import { attack } from './attack.ts'
import { ask, codeForm, decide, logIn, post } from './authorization-request.ts'
import { applications } from './people.ts'

const anna = attack()

const register = async () => {
  const answer = await anna.send('/oauth/register', {
    as: 'TADM',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'New', redirect_uris: ['https://new.example/callback'] }),
  })
  expect(answer.status, answer.text).toBe(201)
  const { client_id, client_secret } = answer.json as { client_id: string; client_secret: string }
  return {
    ...answer.json,
    application: { client_id, client_secret, redirect_uri: 'https://new.example/callback' },
  }
}

const rowOf = (model: string, text: string) =>
  anna.server.store.db
    .selectFrom('oauth_record')
    .selectAll()
    .where('model', '=', model)
    .where('payload', 'like', `%${text}%`)
    .executeTakeFirstOrThrow()

describe('A40 nothing in a stolen database authenticates', () => {
  test('a client secret that was shown once is stored as a salted hash', async () => {
    const { application, registration_access_token } = await register()
    const [row] = [await rowOf('Client', application.client_id)]
    const storedValue = JSON.parse(row.payload).client_secret as string
    expect(storedValue).toMatch(/^\$argon2id\$/)
    const other = await register()
    const another = JSON.parse((await rowOf('Client', other.application.client_id)).payload)
    expect(another.client_secret.split('$')[4], 'salt').not.toBe(storedValue.split('$')[4])

    const stolen = await anna.server.stolenDatabase()
    expect(stolen).toContain(application.client_id)
    expect(stolen).not.toContain(application.client_secret)
    expect(stolen).not.toContain(registration_access_token)

    const form = {
      grant_type: 'authorization_code',
      code: 'none',
      code_verifier: 'v'.repeat(43),
      redirect_uri: application.redirect_uri,
    }
    const right = await post(anna, '/oauth/token', application, form)
    expect(right.json.error).toBe('invalid_grant')
    const withHash = await post(anna, '/oauth/token', { ...application, client_secret: storedValue }, form)
    expect(withHash.status).toBe(401)
    expect(withHash.json.error).toBe('invalid_client')
  })

  test('a token, a code and a session are stored by their hash', async () => {
    const application = applications.conf
    const visit = await decide(await logIn(await ask(anna, { application })))
    const begun = await logIn(await ask(anna, { application }))
    const answer = await post(anna, '/oauth/token', application, codeForm(visit))
    const { access_token, refresh_token } = answer.json
    const stolen = await anna.server.stolenDatabase()
    const secrets = {
      access_token,
      refresh_token,
      code: visit.page.url.searchParams.get('code'),
      password: 'anna-demo',
      device: visit.agent.cookies.get(ownCookieName(anna.server.url, 'device')),
      begun: begun.agent.cookies.get(ownCookieName(anna.server.url, 'begun')),
      interaction: begun.page.url.pathname.split('/')[2],
    }
    expect(Object.values(secrets).filter((value) => !value)).toEqual([])
    const matches = Object.entries(secrets).filter(([, value]) => value && stolen.includes(value))
    expect(matches.map(([name]) => name)).toEqual([])

    const tokens = await anna.server.store.db
      .selectFrom('oauth_record')
      .select(['id', 'model', 'uid', 'grant_id'])
      .where('model', 'in', ['AccessToken', 'RefreshToken', 'Session', 'Grant'])
      .execute()
    expect(tokens.length).toBeGreaterThan(3)
    for (const { id, model, uid, grant_id } of tokens) {
      for (const bearer of [id, uid, grant_id].filter((value) => value !== null))
        expect((await anna.send('/fhir/Patient/pa', { bearer })).status).toBe(401)
      if (model !== 'RefreshToken') continue
      const form = { grant_type: 'refresh_token', refresh_token: id }
      expect((await post(anna, '/oauth/token', application, form)).json.error).toBe('invalid_grant')
    }
  })
})

test('A38 after signing in, neither the log nor the output contains anything that opens a record', async () => {
  for (const application of [applications.ext, applications.conf]) {
    const failure = await ask(anna, { application })
    const wrong = { username: 'anna', password: 'a-password-mistyped' }
    await failure.agent.submit(failure.page, wrong)
    const visit = await decide(await logIn(await ask(anna, { application })))
    const form = codeForm(visit)
    const { json } = await post(anna, '/oauth/token', application, form)
    const { refresh_token } = json
    const refreshed = await post(anna, '/oauth/token', application, {
      grant_type: 'refresh_token',
      refresh_token,
    })
    await anna.send('/fhir/Patient/pa', { bearer: json.access_token })
    await post(anna, '/oauth/introspect', application, { token: json.access_token })
    const { headers } = await post(anna, '/oauth/revoke', application, {
      token: refreshed.json.refresh_token,
    })
    await expect
      .poll(() => anna.server.output())
      .toContain(headers.get('x-request-id') ?? expect.fail('no request id'))

    const entries = await anna.server.store.db.selectFrom('audit_event').selectAll().execute()
    const queries = entries.flatMap(({ json: entry }) =>
      ((JSON.parse(entry).entity ?? []) as { query?: string }[]).map(({ query = '' }) =>
        Buffer.from(query, 'base64').toString(),
      ),
    )
    const text = [anna.server.output(), JSON.stringify(entries), ...queries].join('\n')
    const secrets = {
      code: form.code,
      code_verifier: form.code_verifier,
      access_token: json.access_token,
      refresh_token,
      id_token: json.id_token,
      next_access_token: refreshed.json.access_token,
      next_refresh_token: refreshed.json.refresh_token,
      password: 'anna-demo',
      mistyped: wrong.password,
      client_secret: 'client_secret' in application ? application.client_secret : undefined,
      state: visit.page.url.searchParams.get('state'),
      ...Object.fromEntries(visit.agent.cookies),
    }
    const matches = Object.entries(secrets).filter(([, value]) => value && text.includes(value))
    expect(matches.map(([name]) => name)).toEqual([])
  }
})
