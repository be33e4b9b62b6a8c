import type * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putClient } from '../../../server/oauth/clients/clients.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { type Application, carekey, signIn } from '../../fixtures/sign-in.ts'

const HOUR = 3_600_000
const scope = 'openid fhirUser offline_access launch/patient patient/*.rs'

describe('S24 introspection', () => {
  let clinic: TestOrganization
  let now = Date.now()
  const gateway: Application = { client_id: 'gateway', client_secret: 'gateway-secret', redirect_uri: '' }
  const stranger: Application = { client_id: 'stranger', client_secret: 'stranger-secret', redirect_uri: '' }
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', clock: () => now })
    const redirects = { redirect_uris: ['https://gateway.test/'], response_types: ['code' as const] }
    await clinic.store.write(async (trx) => {
      await putClient(trx, {
        ...redirects,
        client_id: 'gateway',
        client_secret: 'gateway-secret',
        token_endpoint_auth_method: 'client_secret_basic',
        resource_server: true,
      })
      await putClient(trx, {
        ...redirects,
        client_id: 'stranger',
        client_secret: 'stranger-secret',
        token_endpoint_auth_method: 'client_secret_basic',
      })
    })
  })
  afterAll(() => clinic.close())

  const introspect = async (token: string, { client_id, client_secret }: Application) => {
    const response = await fetch(`${clinic.url}/oauth/introspect`, {
      method: 'POST',
      headers: client_secret
        ? { authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` }
        : {},
      body: new URLSearchParams({ token, ...(!client_secret && { client_id }) }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const connect = (window: 'visit' | 'hour' | 'day' = 'day'): Promise<oauth.TokenEndpointResponse> =>
    signIn(clinic.url, { username: 'john', scope, application: carekey, window })

  it('tells a resource server what a token allows', async () => {
    const { access_token, refresh_token = '', scope: grantedScope } = await connect()
    const { body } = await introspect(access_token, gateway)
    expect(body).toMatchObject({
      active: true,
      scope: grantedScope,
      client_id: 'carekey',
      token_type: 'Bearer',
      iss: clinic.url,
      sub: 'john',
      patient: 'john-doe',
      fhirUser: `${clinic.url}/fhir/Patient/john-doe`,
    })
    expect(body.exp).toBeGreaterThan(now / 1000)
    expect(body.exp).toBeLessThan(now / 1000 + 3660)
    const refreshing = await introspect(refresh_token, gateway)
    expect(refreshing.body).toMatchObject({ active: true, patient: 'john-doe' })
  })

  it.each([
    ['launch/patient patient/Observation.rs', undefined],
    ['openid launch/patient patient/Observation.rs', 'john'],
  ])("tells an application with %s the person's account only with openid", async (scope, sub) => {
    const application = { ...stranger, redirect_uri: 'https://gateway.test/' }
    const { access_token } = await signIn(clinic.url, { username: 'john', scope, application })
    const { body } = await introspect(access_token, stranger)
    expect(body).toMatchObject({ active: true, patient: 'john-doe', client_id: 'stranger' })
    expect(body.sub).toBe(sub)
    expect(JSON.stringify(body).includes('"john"')).toBe(sub !== undefined)
    expect((await introspect(access_token, gateway)).body.sub).toBe('john')
  })

  it('tells nobody else', async () => {
    const { access_token } = await connect()
    expect((await introspect(access_token, stranger)).body).toEqual({ active: false })
    const wrong = await introspect(access_token, { ...gateway, client_secret: 'guessed' })
    expect(wrong.status).toBe(401)
    // Neither a request without credentials, nor one of the public application that the token belongs to.
    const named = { token: access_token, client_id: 'carekey' }
    for (const body of [{ token: access_token }, named, { ...named, client_assertion: '' }]) {
      const bare = await fetch(`${clinic.url}/oauth/introspect`, {
        method: 'POST',
        body: new URLSearchParams(body),
      })
      expect(bare.status).toBe(401)
      expect(bare.headers.get('www-authenticate')).toMatch(/^Basic /)
      expect(await bare.json()).toMatchObject({ error: 'invalid_client' })
    }
    expect((await introspect('no-token-of-ours-at-all-here', gateway)).body).toEqual({ active: false })
  })

  it("S18 says that a token has expired when its window has, by the server's clock", async () => {
    const { access_token, refresh_token = '' } = await connect('hour')
    expect((await introspect(access_token, gateway)).body.active).toBe(true)
    now += HOUR + 1000
    for (const token of [access_token, refresh_token])
      expect((await introspect(token, gateway)).body).toEqual({ active: false })
  })
})
