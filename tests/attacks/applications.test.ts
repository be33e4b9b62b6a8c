import { describe, expect, test } from 'vitest'
import { type Answer, attack } from './attack.ts'
import { post } from './authorization-request.ts'
import { applications, gateway } from './people.ts'

const anna = attack()
const { conf, evil, ext } = applications

const JSON_TYPE = { 'content-type': 'application/json' }
const request = { client_name: 'Viewer', redirect_uris: ['https://viewer.example/callback'] }

const register = (metadata: object, as: 'TADM' | 'TA' | 'TC' = 'TADM') =>
  anna.send('/oauth/register', {
    as,
    method: 'POST',
    headers: JSON_TYPE,
    body: JSON.stringify({ ...request, ...metadata }),
  })

const registered = async (metadata: object = {}) => {
  const { status, json, text } = await register(metadata)
  expect(status, text).toBe(201)
  const { registration_access_token: bearer, client_id } = json
  const path = `/oauth/register/${client_id}`
  return {
    put: (change: object) =>
      anna.send(path, {
        bearer,
        method: 'PUT',
        headers: JSON_TYPE,
        body: JSON.stringify({ ...request, client_id, ...change }),
      }),
    read: async () => (await anna.send(path, { bearer })).json,
    remove: () => anna.send(path, { bearer, method: 'DELETE' }),
  }
}

const refusedAs = (answer: Answer, error: string, reason: RegExp) => {
  expect(answer.status, answer.text).toBe(400)
  expect(answer.json.error).toBe(error)
  expect(answer.json.error_description).toMatch(reason)
}

const forItself = {
  token_endpoint_auth_method: 'private_key_jwt',
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
  jwks: { keys: [] },
  scope: 'system/*.rs',
}

describe('F04 no application that acts on its own behalf is registered over the network', () => {
  test.each([
    ['client_credentials', forItself],
    ['client_credentials', { ...forItself, scope: undefined }],
    [
      'client_credentials',
      { grant_types: ['authorization_code', 'client_credentials'], scope: 'patient/*.rs' },
    ],
    ['system/', { scope: 'patient/*.rs system/Observation.rs' }],
    ['resource server', { resource_server: true }],
  ])('by %s: %j', async (_name, metadata) => {
    for (const as of ['TADM', 'TA', 'TC'] as const) {
      const answer = await register(metadata, as)
      if (as === 'TADM')
        refusedAs(answer, 'invalid_client_metadata', /client_credentials|system\/|resource server/)
      else expect(answer.status).toBe(403)
    }
    const own = await registered()
    const before = await own.read()
    refusedAs(
      await own.put(metadata),
      'invalid_client_metadata',
      /client_credentials|system\/|resource server/,
    )
    expect(await own.read()).toEqual(before)
  })
})

describe('F04 a change is applied only to the version that it was compared with', () => {
  test('an administrator edits an application while it changes its own address', async () => {
    for (let round = 0; round < 10; round++) {
      const own = await registered()
      const { client_id } = await own.read()
      const edit = () =>
        anna.send(`/oauth/applications/${client_id}`, {
          as: 'TADM',
          method: 'PUT',
          headers: JSON_TYPE,
          body: JSON.stringify({ client_name: 'Renamed' }),
        })
      const [moved, renamed] = await Promise.all([
        own.put({ redirect_uris: ['https://viewer.example/other'] }),
        edit(),
      ])
      for (const { status, text } of [moved, renamed]) expect([200, 403, 409], text).toContain(status)
      // What was answered with 200 holds, because the other change was compared with it or refused.
      expect(await own.read()).toMatchObject({
        ...(moved.status === 200 && { redirect_uris: ['https://viewer.example/other'] }),
        ...(renamed.status === 200 && { client_name: 'Renamed' }),
      })
    }
  })

  test('no change brings a deleted application back', async () => {
    for (let round = 0; round < 10; round++) {
      const own = await registered()
      const redirect_uris = [`https://viewer.example/${round}`]
      await Promise.all([own.put({ redirect_uris }), own.remove()])
      expect((await own.read()).error).toBe('invalid_token')
    }
    const rows = await anna.server.store.db
      .selectFrom('oauth_record')
      .select('payload')
      .where('model', '=', 'Client')
      .where('payload', 'like', '%viewer.example/9"%')
      .execute()
    expect(rows).toEqual([])
  })
})

describe('F05 an application is told only about its own tokens, a resource server about all', () => {
  const ask = (application: typeof conf | typeof evil | typeof gateway, token: string) =>
    post(anna, '/oauth/introspect', application, { token })

  test("a confidential application asks about other applications' tokens", async () => {
    const tokens = await anna.signIn({
      username: 'anna',
      scope: 'openid launch/patient patient/*.rs offline_access',
      application: conf,
    })
    for (const token of [tokens.access_token, tokens.refresh_token ?? '']) {
      expect((await ask(conf, token)).json).toMatchObject({ active: true, client_id: 'conf' })
      expect((await ask(gateway, token)).json).toMatchObject({ active: true, client_id: 'conf' })
      const { json, text } = await ask(evil, token)
      expect(json).toEqual({ active: false })
      expect(text).not.toMatch(/pa|anna|conf/)
    }
    expect((await ask(evil, await anna.token('TA'))).json).toEqual({ active: false })
  })

  test('an application that does not authenticate is told nothing, not even whether such a token exists', async () => {
    const token = await anna.token('TA')
    const answers = []
    for (const value of [token, 'nobodys-token'])
      for (const form of [
        { token: value },
        { token: value, client_id: ext.client_id },
        { token: value, client_id: 'conf' },
      ]) {
        const answer = await anna.send('/oauth/introspect', {
          method: 'POST',
          body: new URLSearchParams(form),
        })
        expect(answer.status).toBe(401)
        expect(answer.json.error).toBe('invalid_client')
        answers.push(answer.text)
      }
    expect(new Set(answers).size).toBe(1)
    const basic = `Basic ${Buffer.from(`${ext.client_id}:anything`).toString('base64')}`
    const posed = await anna.send('/oauth/introspect', {
      method: 'POST',
      headers: { authorization: basic },
      body: new URLSearchParams({ token }),
    })
    expect([posed.status, posed.json.error]).toEqual([401, 'invalid_client'])
  })
})

describe('F07 an application has one limit of failed attempts, however its name is written', () => {
  const basic = (scheme: string, credentials: string) =>
    `${scheme} ${Buffer.from(credentials).toString('base64')}`
  const escaped = (text: string) => [...text].map((each) => `%${each.charCodeAt(0).toString(16)}`).join('')
  const spellings = (secret: string) =>
    [
      [basic('Basic', `conf:${secret}`), {}],
      [basic('basic', `conf:${secret}`), {}],
      [basic('BASIC', `conf:${secret}`), {}],
      [basic('Basic', `%63onf:${secret}`), {}],
      [basic('Basic', `${escaped('conf')}:${secret}`), {}],
      [basic('Basic', `co%6Ef:${escaped(secret)}`), {}],
      [basic('Basic', `conf:${secret}`), { client_id: 'conf' }],
      [basic('bAsIc', `con%66:${secret}`), { client_id: 'conf' }],
    ] as const
  const send = ([authorization, more]: readonly [string, object]) =>
    anna.send('/oauth/token', {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'nobodys-token', ...more }),
    })
  const forget = async () => {
    // The last try that succeeded may still be counted in advance for the next request. This request uses it up.
    await send([basic('Basic', 'conf:a-guess'), {}])
    await anna.server.store.write((trx) => trx.deleteFrom('rate_limit').execute())
  }

  test('every correct spelling means the same application, and each wrong secret counts against it', async () => {
    await forget()
    for (const spelling of spellings(conf.client_secret))
      expect((await send(spelling)).json.error).toBe('invalid_grant')
    for (const spelling of spellings('a-guess')) expect((await send(spelling)).status).toBe(401)
    const rows = await anna.server.store.db.selectFrom('rate_limit').selectAll().execute()
    // Of its network, and of its site.
    expect(rows.map(({ failures }) => failures)).toEqual([spellings('').length, spellings('').length])
  })

  test('no spelling has a limit of its own', async () => {
    await forget()
    const all = spellings('a-guess')
    const statuses = []
    for (let n = 0; n < 40; n++) statuses.push((await send(all[n % all.length] ?? all[0])).status)
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(20)
    for (const spelling of spellings(conf.client_secret)) expect((await send(spelling)).status).toBe(429)
    await forget()
  })

  test('a name in the form that differs from the one in the header is refused', async () => {
    await forget()
    const answer = await send([basic('Basic', `conf:${conf.client_secret}`), { client_id: 'evil' }])
    expect(answer.status).toBe(400)
    expect(answer.json.error).toBe('invalid_request')
  })
})
