import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { type Application, carekey, signIn } from '../../fixtures/sign-in.ts'

interface Registered {
  readonly client_id: string
  readonly client_secret?: string
  readonly registration_access_token: string
  readonly registration_client_uri: string
  readonly client_name: string
  readonly redirect_uris: string[]
}

const redirect_uri = 'http://127.0.0.1:5999/callback'
const request = {
  client_name: 'Chart Viewer',
  redirect_uris: [redirect_uri],
  grant_types: ['authorization_code'],
}

describe('managing a registered application (RFC 7592)', () => {
  let clinic: TestOrganization
  let token: string
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
    const scope = 'openid client.register'
    const admin = await signIn(clinic.url, {
      ...{ username: 'admin', scope, application: carekey, window: 'visit' },
    })
    token = admin.access_token
  })
  afterAll(() => clinic.close())

  const send = (method: string, url: string, bearer: string, body?: object) =>
    fetch(url, {
      method,
      headers: { authorization: `Bearer ${bearer}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
  const register = async (more: object = {}): Promise<Registered> => {
    const response = await send('POST', `${clinic.url}/oauth/register`, token, { ...request, ...more })
    expect(response.status).toBe(201)
    return (await response.json()) as Registered
  }
  const patient = (application: Application) =>
    signIn(clinic.url, { username: 'jane', scope: 'launch/patient patient/*.rs', application })
  const application = ({ client_id, client_secret = '' }: Registered): Application => ({
    ...{ client_id, client_secret, redirect_uri },
  })

  it('reads it, without its secret', async () => {
    const client = await register()
    const { registration_client_uri: url, registration_access_token } = client
    expect(url).toBe(`${clinic.url}/oauth/register/${client.client_id}`)
    const response = await send('GET', url, registration_access_token)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toContain('no-store')
    const readAnswer = (await response.json()) as Registered
    expect(readAnswer).toMatchObject({ client_id: client.client_id, client_name: 'Chart Viewer' })
    expect(JSON.stringify(readAnswer)).not.toMatch(/client_secret"|argon2/)
  })

  it('replaces its redirect, and keeps its secret', async () => {
    const client = await register()
    const { registration_client_uri: url, registration_access_token: rat, client_id, client_secret } = client
    const redirect_uris = [redirect_uri, 'http://127.0.0.1:5999/other']
    const change = { ...request, client_id, redirect_uris }
    for (const body of [change, { ...change, client_secret }]) {
      const response = await send('PUT', url, rat, body)
      expect(response.status).toBe(200)
      const updated = (await response.json()) as Registered
      expect(updated.redirect_uris).toEqual(redirect_uris)
      expect(updated).not.toHaveProperty('client_secret')
    }
    expect((await patient(application(client))).patient).toBe('jane-doe')
    const wrong = await send('PUT', url, rat, { ...change, client_secret: 'guessed' })
    expect(wrong.status).toBe(400)
  })

  it('makes a new secret on request, and the old one ends', async () => {
    const client = await register()
    const { registration_client_uri: url, registration_access_token: rat, client_id } = client
    const response = await send('PUT', url, rat, { ...request, client_id, rotate_client_secret: true })
    const updated = (await response.json()) as Registered
    expect(updated.client_secret).toBeTypeOf('string')
    expect(updated.client_secret).not.toBe(client.client_secret)
    expect((await patient(application(updated))).patient).toBe('jane-doe')
    await expect(patient(application(client))).rejects.toMatchObject({ status: 401 })
  })

  it('refuses metadata that registration refuses, and members that it may not set', async () => {
    const { registration_client_uri: url, registration_access_token: rat, client_id } = await register()
    for (const body of [
      { ...request, client_id, redirect_uris: ['http://evil.test/'] },
      { ...request, client_id: 'another' },
      { ...request, client_id, registration_access_token: 'mine' },
      { ...request, client_id, sector_identifier_uri: 'https://evil.test/' },
      { ...request, client_id, jwks_uri: 'http://169.254.169.254/' },
    ])
      expect((await send('PUT', url, rat, body)).status).toBe(400)
    expect((await send('PUT', url, 'not-a-token-of-anything', { ...request, client_id })).status).toBe(401)
    const other = await register()
    expect((await send('GET', url, other.registration_access_token)).status).toBe(401)
  })

  it('deletes it with its grants', async () => {
    const client = await register()
    const { access_token } = await patient(application(client))
    const read = () =>
      fetch(`${clinic.url}/fhir/Patient/jane-doe`, { headers: { authorization: `Bearer ${access_token}` } })
    expect((await read()).status).toBe(200)
    const { registration_client_uri: url, registration_access_token: rat } = client
    expect((await send('DELETE', url, rat)).status).toBe(204)
    expect((await read()).status).toBe(401)
    expect((await send('GET', url, rat)).status).toBe(401)
    await expect(patient(application(client))).rejects.toThrow()
  })

  it('accepts resource scopes, to which the application is then limited', async () => {
    const client = await register({ scope: 'patient/Observation.rs launch/patient' })
    const scope = 'launch/patient patient/Patient.rs patient/Observation.r'
    const narrow = await signIn(clinic.url, { username: 'jane', scope, application: application(client) })
    expect(narrow.scope?.split(' ').sort()).toEqual(['launch/patient', 'patient/Observation.r'])
    const unknown = { ...request, scope: 'patient/Observation.sr' }
    expect((await send('POST', `${clinic.url}/oauth/register`, token, unknown)).status).toBe(400)
  })

  it.each([
    ['jwks_uri', 'http://169.254.169.254/'],
    ['jwks_uri', 'https://10.0.0.1/keys'],
    ['jwks_uri', 'file:///etc/passwd'],
    ['logo_uri', 'http://[fd00::1]/'],
    ['sector_identifier_uri', 'http://127.0.0.1:1/'],
  ])('A31 refuses %s %s', async (name, address) => {
    const body = {
      ...request,
      token_endpoint_auth_method: name === 'jwks_uri' ? 'private_key_jwt' : 'none',
      [name]: address,
    }
    const response = await send('POST', `${clinic.url}/oauth/register`, token, body)
    expect(response.status).toBe(400)
  })
})
