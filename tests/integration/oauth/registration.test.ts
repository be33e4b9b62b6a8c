import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { refusedRequests } from '../../fixtures/refused-requests.ts'
import { type Application, carekey, signIn } from '../../fixtures/sign-in.ts'

describe('registering an application', () => {
  let clinic: TestOrganization
  let token: string
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
    const scope = 'openid fhirUser user/AuditEvent.rs client.register'
    const answer = await signIn(clinic.url, {
      username: 'admin',
      scope,
      application: carekey,
      window: 'visit',
    })
    token = answer.access_token
  })
  afterAll(() => clinic.close())

  const register = (metadata: object, bearer?: string) =>
    fetch(`${clinic.url}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }) },
      body: JSON.stringify(metadata),
    })
  const metadata = {
    client_name: 'Chart Viewer',
    redirect_uris: ['http://127.0.0.1:5999/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
  }

  it('creates a Client ID and a secret, and the secret works', async () => {
    const response = await register(metadata, token)
    expect(response.status).toBe(201)
    const client = (await response.json()) as { client_id: string; client_secret: string }
    // At the terminal, a word that begins with "-" is an option.
    expect(client.client_id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/)
    const application: Application = {
      client_id: client.client_id,
      client_secret: client.client_secret,
      redirect_uri: 'http://127.0.0.1:5999/callback',
    }
    const answer = await signIn(clinic.url, {
      username: 'jane',
      scope: 'launch/patient patient/*.rs',
      application,
    })
    expect(answer.patient).toBe('jane-doe')
    const wrong = { ...application, client_secret: 'guessed' }
    await expect(
      signIn(clinic.url, { username: 'jane', scope: 'launch/patient patient/*.rs', application: wrong }),
    ).rejects.toMatchObject({ status: 401 })
  })

  it('stores no secret that could be read back', async () => {
    const response = await register(metadata, token)
    const { client_secret } = (await response.json()) as { client_secret: string }
    const rows = await clinic.store.db.selectFrom('oauth_record').select('payload').execute()
    expect(rows.some(({ payload }) => payload.includes(client_secret))).toBe(false)
    expect(rows.some(({ payload }) => payload.includes('"client_secret":"$argon2id$'))).toBe(true)
  })

  it('is refused to everybody else, and logged, or counted if a stranger sends it', async () => {
    expect((await register(metadata)).status).toBe(401)
    expect((await register(metadata, 'a-token-that-was-never-issued')).status).toBe(401)
    const scope = 'openid user/*.rs'
    const reader = await signIn(clinic.url, { username: 'admin', scope, application: carekey })
    expect((await register(metadata, reader.access_token)).status).toBe(403)
    const log = await clinic.store.db
      .selectFrom('audit_event')
      .select('outcome')
      .where('subtype', '=', 'register')
      .orderBy('seq', 'desc')
      .limit(1)
      .execute()
    expect(log.map(({ outcome }) => outcome)).toEqual(['4'])
    expect((await refusedRequests(clinic.store)).by['register http_401']).toBe(2)
  })

  it('refuses a redirect address that could be taken over', async () => {
    const response = await register({ ...metadata, redirect_uris: ['http://evil.test/'] }, token)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_redirect_uri' })
  })
})
