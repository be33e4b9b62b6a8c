import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { refusedRequests } from '../../fixtures/refused-requests.ts'
import { authorizationUrl, carekey, discover, signIn } from '../../fixtures/sign-in.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

interface Brands {
  readonly timestamp: string
  readonly entry: {
    readonly resource: { resourceType: string; identifier?: { value: string }[]; address?: string }
  }[]
}

describe('the metadata of an organization', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
  })
  afterAll(() => clinic.close())

  const json = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${clinic.url}${path}`, init)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    return (await response.json()) as Record<string, unknown>
  }

  it('S1 A35 is one document at four addresses, whatever the Accept header', async () => {
    const smart = await json('/fhir/.well-known/smart-configuration', { headers: { accept: 'text/html' } })
    expect(await json('/.well-known/smart-configuration')).toEqual(smart)
    expect(await json('/.well-known/openid-configuration')).toEqual(smart)
    expect(await json('/.well-known/oauth-authorization-server')).toEqual(smart)
    expect(smart).toMatchObject({
      issuer: clinic.url,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    })
  })

  it('C14 names its own address, whatever host is requested', async () => {
    const headers = { 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'gopher' }
    expect(JSON.stringify(await json('/.well-known/openid-configuration', { headers }))).not.toContain('evil')
  })

  it('S27 is a Brands bundle, with a weak tag and 304', async () => {
    const smart = await json('/fhir/.well-known/smart-configuration')
    const address = String(smart.user_access_brand_bundle)
    const response = await fetch(address, { headers: { origin: 'https://any.test' } })
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    const etag = response.headers.get('etag') ?? ''
    expect(etag).toMatch(/^W\/".+"$/)
    const bundle = (await response.json()) as Brands
    expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'collection' })
    expect(Date.parse(bundle.timestamp)).not.toBeNaN()
    const resources = bundle.entry.map(({ resource }) => resource)
    const brand = resources.find(({ resourceType }) => resourceType === 'Organization')
    expect(brand?.identifier).toContainEqual(smart.user_access_brand_identifier)
    expect(resources.find(({ resourceType }) => resourceType === 'Endpoint')?.address).toBe(
      `${clinic.url}/fhir`,
    )
    const again = await fetch(address, { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
    expect(await again.text()).toBe('')
    expect((await fetch(address, { headers: { 'if-none-match': 'W/"other"' } })).status).toBe(200)
  })
})

describe('the identity of the person who signed in', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
  })
  afterAll(() => clinic.close())

  const ask = (bearer?: string, method = 'GET') =>
    fetch(`${clinic.url}/oauth/userinfo`, {
      method,
      headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` },
    })

  it('is given to the application, by GET and POST, as far as its scopes allow', async () => {
    const scope = 'openid fhirUser launch/patient patient/*.rs'
    const { access_token } = await signIn(clinic.url, { username: 'jane', scope, application: carekey })
    for (const method of ['GET', 'POST'])
      expect(await (await ask(access_token, method)).json()).toEqual({
        sub: 'jane',
        name: 'Jane Doe',
        fhirUser: `${clinic.url}/fhir/Patient/jane-doe`,
      })
    const less = await signIn(clinic.url, {
      ...{ username: 'jane', scope: 'openid patient/*.rs launch/patient', application: carekey },
    })
    expect(await (await ask(less.access_token)).json()).toEqual({ sub: 'jane', name: 'Jane Doe' })
    const none = await signIn(clinic.url, {
      ...{ username: 'jane', scope: 'patient/*.rs launch/patient', application: carekey },
    })
    expect((await ask(none.access_token)).status).toBe(403)
  })

  it('is given to nobody else, and each request is logged, or counted if a stranger sends it', async () => {
    for (const response of [await ask(), await ask('a-token-that-was-never-issued')]) {
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /)
    }
    const log = await clinic.store.db
      .selectFrom('audit_event')
      .select('outcome')
      .where('subtype', '=', 'userinfo')
      .execute()
    expect(log.filter(({ outcome }) => outcome === '4').length).toBe(1)
    const { by } = await refusedRequests(clinic.store)
    expect(by).toMatchObject({ 'userinfo login_required': 1, 'userinfo invalid_token': 1 })
    expect(log.filter(({ outcome }) => outcome === '0').length).toBe(3)
  })

  it('S7 can be requested by POST as well', async () => {
    const server = await discover(clinic.url)
    const url = await authorizationUrl(
      server,
      { application: carekey, scope: 'openid launch/patient patient/*.rs' },
      'v'.repeat(43),
    )
    const response = await fetch(server.authorization_endpoint ?? '', {
      method: 'POST',
      body: url.searchParams,
      redirect: 'manual',
    })
    expect(response.status).toBe(303)
    const page = await createUserAgent(clinic.url).open(response.headers.get('location') ?? '')
    expect(page.status).toBe(200)
    expect(page.html).toContain('Password')
    const large = new URLSearchParams({ state: 'x'.repeat(100_000) })
    const refusal = await fetch(server.authorization_endpoint ?? '', { method: 'POST', body: large })
    expect(refusal.status).toBe(413)
  })
})
