import fastify, { type FastifyInstance } from 'fastify'
import type Provider from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRecorder } from '../../../server/audit/write/recorder.ts'
import { temporaryKeys } from '../../../server/keys/keys.ts'
import { createEngine } from '../../../server/oauth/engine/engine.ts'
import { installTransaction } from '../../../server/oauth/engine/engine-transaction.ts'
import { refuseUnlisted } from '../../../server/oauth/seam/endpoints.ts'
import { engineRoutes } from '../../../server/oauth/seam/engine-routes.ts'
import { readNoBodies } from '../../../server/read-at-most.ts'
import { createDpopKey } from '../../fixtures/dpop-key.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'

const metadata = {
  client_name: 'Everything',
  redirect_uris: ['https://evil.example/callback'],
  token_endpoint_auth_method: 'none',
}

/** Only what the engine needs to run, without the steps that guard it. */
describe.each(engines)('the engine without the steps before it, on %s', (store) => {
  let clinic: TestOrganization
  let engine: Provider
  let app: FastifyInstance
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    const deps = { config: clinic.config, store: clinic.store, clock: Date.now }
    const recorder = createRecorder(deps)
    engine = createEngine({ ...deps, keys: await temporaryKeys(), errorPage: async () => ({ body: '' }) })
    refuseUnlisted(engine)
    installTransaction({ engine, ...deps, recorder, overPage: () => '' })
    app = fastify()
    readNoBodies(app)
    await app.register(engineRoutes({ engine, ...deps, recorder }))
  })
  afterAll(async () => {
    await app.close()
    await clinic.close()
  })

  const register = (bearer: string | undefined, body: object = metadata) =>
    app.inject({
      method: 'POST',
      url: '/oauth/register',
      headers: { 'content-type': 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }) },
      payload: JSON.stringify(body),
    })
  const tokenOf = async (username: string, scope: string) => {
    const { access_token } = await signIn(clinic.url, { username, scope, application: carekey })
    return access_token
  }
  const clients = async () => {
    const rows = await clinic.store.db
      .selectFrom('oauth_record')
      .select('id')
      .where('model', '=', 'Client')
      .execute()
    return rows.length
  }

  it('F03 registers for an administrator, and for nobody else', async () => {
    const before = await clients()
    for (const bearer of [
      undefined,
      'a-token-that-was-never-issued',
      await tokenOf('jane', 'openid launch/patient patient/*.rs'),
      await tokenOf('lee', 'openid user/*.rs'),
      await tokenOf('admin', 'openid user/*.rs'),
    ]) {
      const { statusCode, body } = await register(bearer)
      expect([400, 401], body).toContain(statusCode)
      expect(body).not.toContain('client_id')
    }
    expect(await clients()).toBe(before)
    const response = await register(await tokenOf('admin', 'openid client.register'))
    expect(response.statusCode, response.body).toBe(201)
    expect(await clients()).toBe(before + 1)
  })

  it('F03 registers nothing for a former administrator', async () => {
    const bearer = await tokenOf('admin', 'openid client.register')
    const become = (role: 'admin' | 'clinician') =>
      clinic.store.write((trx) =>
        trx.updateTable('account').set({ role }).where('username', '=', 'admin').execute(),
      )
    await become('clinician')
    expect((await register(bearer)).statusCode).toBe(401)
    await become('admin')
  })

  it('F03 registers nothing with a bound token that comes without its proof', async () => {
    const key = await createDpopKey()
    const url = `${clinic.url}/oauth/token`
    const withProof: typeof fetch = async (input, init) => {
      const request = new Request(input, init)
      if (request.url === url) request.headers.set('dpop', await key.proof({ method: 'POST', url }))
      return fetch(request)
    }
    const { access_token: token, token_type } = await signIn(clinic.url, {
      ...{ username: 'admin', scope: 'openid client.register', application: carekey },
      fetch: withProof,
    })
    expect(token_type).toBe('dpop')
    expect((await register(token)).statusCode).toBe(401)
    // With the step that checks the proof it registers.
    const registration = `${clinic.url}/oauth/register`
    const response = await fetch(registration, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `DPoP ${token}`,
        dpop: await key.proof({ method: 'POST', url: registration, token }),
      },
      body: JSON.stringify(metadata),
    })
    expect(response.status).toBe(201)
  })

  it('F04 registers no application that acts on its own behalf, whoever sends the request', async () => {
    const bearer = await tokenOf('admin', 'openid client.register')
    const before = await clients()
    const { statusCode, body } = await register(bearer, {
      ...metadata,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [] },
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      scope: 'system/*.rs',
    })
    expect([statusCode, JSON.parse(body).error]).toEqual([400, 'invalid_client_metadata'])
    expect(await clients()).toBe(before)
  })

  it('F01 answers no request that did not come through its table', async () => {
    const bare = fastify()
    readNoBodies(bare)
    bare.all('/*', async (request, reply) => {
      reply.hijack()
      await engine.callback()(request.raw, reply.raw)
    })
    for (const url of [
      '/oauth/register',
      '/oauth/Register',
      '/oauth/token',
      '/oauth/jwks',
      '/.well-known/openid-configuration',
    ])
      for (const method of ['GET', 'POST'] as const) {
        const { statusCode, json } = await bare.inject({ method, url })
        expect(statusCode, `${method} ${url}`).toBe(404)
        expect(json()).toMatchObject({ error: 'invalid_request' })
      }
    await bare.close()
  })
})
