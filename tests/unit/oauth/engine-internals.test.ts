import { text } from 'node:stream/consumers'
import fastify, { type FastifyInstance, type InjectOptions } from 'fastify'
import { decodeProtectedHeader, exportJWK, generateKeyPair, type JWK } from 'jose'
import Provider, { type AdapterPayload, type Configuration, errors } from 'oidc-provider'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  checkScopesWith,
  compareSecretsWith,
  disableSessions,
  type EngineCookies,
  isGrantTypeRefused,
  keysOf,
  needsSecret,
  newClient,
  offerBody,
  replaceCookies,
  replaceKeys,
  reviseFound,
  saveClient,
} from '../../../server/oauth/seam/internals.ts'
import { readNoBodies } from '../../../server/read-at-most.ts'

interface KeyPair {
  readonly signing: JWK
  readonly published: JWK
}

const keyPair = async (kid: string): Promise<KeyPair> => {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const keyInfo = { kid, alg: 'RS256', use: 'sig' }
  return {
    signing: { ...(await exportJWK(privateKey)), ...keyInfo },
    published: { ...(await exportJWK(publicKey)), ...keyInfo },
  }
}

const CALLBACK = 'https://app.example/callback'
const PUBLIC = {
  client_id: 'public',
  redirect_uris: [CALLBACK],
  token_endpoint_auth_method: 'none',
} as const
const CONFIDENTIAL = {
  client_id: 'confidential',
  client_secret: 'as it is stored',
  redirect_uris: [],
  response_types: [],
  grant_types: ['client_credentials'],
} satisfies Configuration['clients'] extends readonly (infer T)[] | undefined ? T : never

/** What the engine wrote through its adapter: model, id and payload. */
type Written = [model: string, id: string, payload: AdapterPayload][]

let first: KeyPair
let second: KeyPair
beforeAll(async () => {
  first = await keyPair('first')
  second = await keyPair('second')
})

/** The library itself, without our code except what a test adds before the first request. */
const createBareEngine = () => {
  const writes: Written = []
  const engine = new Provider('http://localhost:3100', {
    adapter: (model: string) => ({
      upsert: async (id, payload) => void writes.push([model, id, payload]),
      find: async (id) => writes.findLast((each) => each[0] === model && each[1] === id)?.[2],
      findByUid: async () => undefined,
      findByUserCode: async () => undefined,
      consume: async () => {},
      destroy: async () => {},
      revokeByGrantId: async () => {},
    }),
    jwks: { keys: [first.signing] },
    cookies: { keys: ['signs cookies'] },
    clients: [PUBLIC, CONFIDENTIAL],
    features: { devInteractions: { enabled: false }, clientCredentials: { enabled: true } },
    ttl: { ClientCredentials: 60, Grant: 60, IdToken: 60, Interaction: 60, Session: 60 },
    findAccount: async (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    renderError: (ctx) => {
      ctx.body = ''
    },
  })
  const app: FastifyInstance = fastify()
  readNoBodies(app)
  app.all('/*', async (request, reply) => {
    reply.hijack()
    await engine.callback()(request.raw, reply.raw)
  })
  return { engine, written: writes, ask: (options: InjectOptions) => app.inject(options) }
}

const AUTHORIZATION = `/auth?${new URLSearchParams({
  client_id: PUBLIC.client_id,
  response_type: 'code',
  redirect_uri: CALLBACK,
  scope: 'openid',
  code_challenge: 'x'.repeat(43),
  code_challenge_method: 'S256',
})}`

const tokenRequest = (grant: string, secret = CONFIDENTIAL.client_secret): InjectOptions => ({
  method: 'POST',
  url: '/token',
  headers: {
    'content-type': 'application/x-www-form-urlencoded',
    authorization: `Basic ${Buffer.from(`confidential:${encodeURIComponent(secret)}`).toString('base64')}`,
  },
  payload: `grant_type=${grant}`,
})

describe('oidc-provider, beyond its documented API,', () => {
  it('signs with the replacement key, publishes both keys, and verifies with both', async () => {
    const { engine, ask } = createBareEngine()
    const client = newClient(engine, PUBLIC)
    const issue = () => {
      const token = new engine.IdToken({}, { client })
      token.set('sub', 'jane')
      return token.issue({ use: 'idtoken' })
    }
    const before = await issue()
    replaceKeys(engine, second.signing, [second.published, first.published])
    const after = await issue()
    expect([before, after].map((token) => decodeProtectedHeader(token).kid)).toEqual(['first', 'second'])
    const { keys } = (await ask({ url: '/jwks' })).json<{ keys: JWK[] }>()
    expect(keys).toEqual([second.published, first.published])
    for (const token of [before, after])
      expect((await engine.IdToken.validate(token, client)).payload.sub).toBe('jane')
  })

  it('compares client secrets with our replacement', async () => {
    const { engine, ask } = createBareEngine()
    const compared: string[][] = []
    compareSecretsWith(engine, async (stored, presented) => {
      compared.push([stored, presented])
      return presented === 'right'
    })
    expect((await ask(tokenRequest('client_credentials', 'right'))).statusCode).toBe(200)
    expect((await ask(tokenRequest('client_credentials', CONFIDENTIAL.client_secret))).statusCode).toBe(401)
    expect(compared).toEqual([
      [CONFIDENTIAL.client_secret, 'right'],
      [CONFIDENTIAL.client_secret, CONFIDENTIAL.client_secret],
    ])
  })

  it('registers the scope that our replacement returns', () => {
    const { engine } = createBareEngine()
    const limited = { ...PUBLIC, scope: 'patient/*.rs' }
    expect(() => newClient(engine, limited)).toThrow(errors.InvalidClientMetadata)
    checkScopesWith(engine, (scope, { grant_types }) => `openid ${scope} ${grant_types}`)
    expect(newClient(engine, limited).metadata().scope).toBe('openid patient/*.rs authorization_code')
    expect(newClient(engine, PUBLIC).metadata().scope).toBeUndefined()
  })

  it('validates metadata when it creates a client', () => {
    const { engine } = createBareEngine()
    expect(newClient(engine, PUBLIC).metadata()).toMatchObject(PUBLIC)
    expect(() => newClient(engine, { ...PUBLIC, redirect_uris: ['nowhere'] })).toThrow(
      errors.InvalidClientMetadata,
    )
  })

  it('says which clients have a secret', () => {
    const { engine } = createBareEngine()
    const withSecret = ['client_secret_basic', 'none', 'private_key_jwt'].map((method) =>
      needsSecret(engine, { token_endpoint_auth_method: method }),
    )
    expect(withSecret).toEqual([true, false, false])
  })

  it('writes a client through its adapter', async () => {
    const { engine, written } = createBareEngine()
    const client = newClient(engine, { ...PUBLIC, client_id: 'new' })
    await saveClient(engine, client)
    expect(written).toEqual([['Client', 'new', client.metadata()]])
    expect((await engine.Client.find('new'))?.clientId).toBe('new')
  })

  it('lists the keys of a client', () => {
    const { engine } = createBareEngine()
    const { alg: _, ...key } = first.published
    const jwks = { keys: [key, { ...key, kid: 'other' }] }
    const client = newClient(engine, { ...PUBLIC, token_endpoint_auth_method: 'private_key_jwt', jwks })
    expect(keysOf(client).map(({ kid }) => kid)).toEqual(['first', 'other'])
  })

  it('reads and sets its cookies through our replacements, by name and value only', async () => {
    const { engine, ask } = createBareEngine()
    const set = new Map<string, string | null | undefined>()
    const cookies: EngineCookies = {
      secure: false,
      get: (name) => set.get(name) ?? undefined,
      set: (name, value) => {
        set.set(name, value)
        return cookies
      },
    }
    replaceCookies(engine, () => cookies)
    const answer = await ask({ url: AUTHORIZATION })
    expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([303, undefined])
    const uid = String(answer.headers.location).split('/').at(-1)
    expect(set.get(engine.cookieName('interaction'))).toBe(uid)
    engine.use(async (ctx) => {
      ctx.body = (await engine.interactionDetails(ctx.req, ctx.res)).uid
    })
    expect((await ask({ url: `/interaction/${uid}` })).body).toBe(uid)
    set.clear()
    expect((await ask({ url: `/interaction/${uid}` })).statusCode).toBe(400)
  })

  it('stores no session, and sends no session cookie, once it is told not to', async () => {
    /** Signs somebody in. @returns how often the engine stored a session, and how often it sent a cookie of one. */
    const sessionsOf = async (prepare: (engine: Provider) => void) => {
      const { engine, written, ask } = createBareEngine()
      prepare(engine)
      engine.use(async (ctx, next) => {
        if (!ctx.path.startsWith('/interaction/')) return next()
        ctx.body = await engine.interactionResult(ctx.req, ctx.res, { login: { accountId: 'jane' } })
      })
      const visit = await ask({ url: AUTHORIZATION })
      const cookie = visit.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
      const signedIn = await ask({ url: String(visit.headers.location), headers: { cookie } })
      const resumed = await ask({ url: new URL(signedIn.body).pathname, headers: { cookie } })
      expect([visit, signedIn, resumed].map(({ statusCode }) => statusCode)).toEqual([303, 200, 303])
      return [
        written.filter(([model]) => model === 'Session').length,
        resumed.cookies.filter(({ name }) => name === engine.cookieName('session')).length,
      ]
    }
    expect(await sessionsOf(() => {})).toEqual([1, 1])
    expect(await sessionsOf(disableSessions)).toEqual([0, 0])
  })

  it('looks up a pending authorization through the step that was added', async () => {
    const resumed = async (change: (engine: Provider) => void) => {
      const { engine, ask } = createBareEngine()
      change(engine)
      const { headers } = await ask({ method: 'GET', url: AUTHORIZATION })
      const { pathname } = new URL(String(headers.location), 'http://localhost')
      const cookie = [headers['set-cookie'] ?? []].flat().map((each) => each.split(';', 1)[0])
      const uid = pathname.split('/').at(-1)
      return (await ask({ method: 'GET', url: `/auth/${uid}`, headers: { cookie: cookie.join('; ') } }))
        .statusCode
    }
    expect(await resumed(() => {})).toBe(303)
    const seen: unknown[] = []
    const refuse = (engine: Provider) =>
      reviseFound(engine, 'Interaction', async ({ params }) => {
        seen.push(params.client_id)
        return undefined
      })
    expect(await resumed(refuse)).toBe(400)
    expect(seen).toEqual([PUBLIC.client_id])
  })

  it('reads a body that is offered in place of one that was already read', async () => {
    const { engine, ask } = createBareEngine()
    const bodies: string[] = []
    engine.use(async (ctx, next) => {
      bodies.push(await text(ctx.req))
      offerBody(ctx.req, Buffer.from('grant_type=client_credentials'))
      await next()
    })
    const { statusCode, body } = await ask(tokenRequest('unheard-of'))
    expect([statusCode, bodies], body).toEqual([200, ['grant_type=unheard-of']])
  })

  it('has its own error text for a grant type that is not the client’s', async () => {
    const { ask } = createBareEngine()
    const answered = async (grant: string) => isGrantTypeRefused((await ask(tokenRequest(grant))).json())
    expect([await answered('authorization_code'), await answered('client_credentials')]).toEqual([
      true,
      false,
    ])
  })
})
