import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import {
  allowInBrowser,
  authorizationUrl,
  carekey,
  discover,
  insecure,
  signIn,
} from '../../fixtures/sign-in.ts'

const SCOPE = 'openid fhirUser offline_access launch/patient patient/*.rs'
const john = { username: 'john', scope: SCOPE, application: carekey, window: 'day' } as const

describe('an organization, as SMART App Launch 2.2 requires,', () => {
  let now = Date.now()
  let clinic: TestOrganization
  let server: oauth.AuthorizationServer
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', clock: () => now })
    server = await discover(clinic.url)
  })
  afterAll(() => clinic.close())

  const client = { client_id: carekey.client_id }
  const get = (path: string, token?: string) =>
    fetch(`${clinic.url}${path}`, { headers: token ? { authorization: `Bearer ${token}` } : {} })
  const refresh = async (token: string | undefined) =>
    oauth.refreshTokenGrantRequest(server, client, oauth.None(), token ?? '', insecure)
  /** The stage at which a request is answered without a sign-in. */
  const ask = async (parameters: Record<string, string | undefined>) => {
    const url = await authorizationUrl(server, { ...john, parameters }, oauth.generateRandomCodeVerifier())
    const { status, headers } = await fetch(url, { redirect: 'manual' })
    return { status, location: headers.get('location') ?? '', type: headers.get('content-type') ?? '' }
  }

  it('S2 S3 describes everything required, and all of the capability sets it claims', async () => {
    const document = (await (await get('/fhir/.well-known/smart-configuration')).json()) as Record<
      string,
      unknown
    >
    for (const name of [
      'issuer',
      'jwks_uri',
      'authorization_endpoint',
      'token_endpoint',
      'grant_types_supported',
    ])
      expect(document, name).toHaveProperty(name)
    expect(document.code_challenge_methods_supported).toEqual(['S256'])
    const patientAccess = [
      'launch-standalone',
      'client-public',
      'context-standalone-patient',
      'permission-patient',
    ]
    const clinicianAccess = ['launch-ehr', 'context-ehr-patient', 'context-ehr-encounter', 'permission-user']
    expect(document.capabilities).toEqual(expect.arrayContaining([...patientAccess, ...clinicianAccess]))
  })

  it('S4 names the same addresses in its CapabilityStatement', async () => {
    const statement = await (await get('/fhir/metadata')).text()
    for (const endpoint of [server.authorization_endpoint, server.token_endpoint, server.revocation_endpoint])
      expect(statement).toContain(`"${endpoint}"`)
  })

  it('S6 creates a secret itself, shows it once, and stores it hashed', async () => {
    const scope = 'openid client.register'
    const administrator = await signIn(clinic.url, { username: 'admin', scope, application: carekey })
    const send = async (path: string, method: string, bearer: string, body?: object) => {
      const response = await fetch(path, {
        method,
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      })
      return (await response.json()) as Record<string, string>
    }
    const metadata = {
      client_name: 'Chart Viewer',
      redirect_uris: ['https://viewer.example/callback'],
      client_secret: 'a-secret-of-its-own-choosing-0123456789',
    }
    const address = server.registration_endpoint ?? ''
    const client = await send(address, 'POST', administrator.access_token, metadata)
    const { client_secret = '', registration_access_token = '', registration_client_uri = '' } = client
    expect(client_secret.length).toBeGreaterThanOrEqual(43)
    expect(client_secret).not.toBe(metadata.client_secret)

    const again = await send(registration_client_uri, 'GET', registration_access_token)
    expect(again.client_id).toBe(client.client_id)
    expect(again).not.toHaveProperty('client_secret')
    const rows = await clinic.store.db.selectFrom('oauth_record').select('payload').execute()
    const payloads = rows.map(({ payload }) => payload).join()
    expect(payloads).toContain('"client_secret":"$argon2id$')
    for (const secret of [client_secret, metadata.client_secret]) expect(payloads).not.toContain(secret)
  })

  it('S6 compares redirect addresses exactly, and answers other addresses and unknown applications with a page', async () => {
    const { redirect_uri } = carekey
    const parameters = [
      { client_id: 'nobody' },
      { client_id: undefined },
      { redirect_uri: undefined },
      ...[
        `${redirect_uri}x`,
        `${redirect_uri}?a=b`,
        `${redirect_uri}#a`,
        redirect_uri.slice(0, -1),
        redirect_uri.toUpperCase(),
        redirect_uri.replace('https', 'http'),
        redirect_uri.replace('.org/', '.org.evil.test/'),
      ].map((wrong) => ({ redirect_uri: wrong })),
    ]
    for (const wrong of parameters) {
      const { type, ...answer } = await ask(wrong)
      expect(answer, JSON.stringify(wrong)).toEqual({ status: 400, location: '' })
      expect(type).toContain('text/html')
    }
  })

  it('S8 S9 refuses a request without its aud or its PKCE challenge', async () => {
    for (const parameters of [
      { aud: undefined },
      { code_challenge: undefined, code_challenge_method: undefined },
    ])
      expect((await ask(parameters)).location).toContain('error=invalid_request')
  })

  it('S10 accepts a code once and returns the state unchanged, and a replay ends its tokens', async () => {
    const verifier = oauth.generateRandomCodeVerifier()
    const url = await authorizationUrl(server, { ...john, parameters: { state: 'a b+c%/ü' } }, verifier)
    const { url: callback } = await allowInBrowser(url, john)
    const answer = oauth.validateAuthResponse(server, client, callback, 'a b+c%/ü')
    const redeem = () =>
      oauth.authorizationCodeGrantRequest(
        server,
        client,
        oauth.None(),
        answer,
        carekey.redirect_uri,
        verifier,
        insecure,
      )
    const first = (await (await redeem()).json()) as { access_token: string }
    expect((await get('/fhir/Patient/john-doe', first.access_token)).status).toBe(200)
    expect((await redeem()).status).toBe(400)
    expect((await get('/fhir/Patient/john-doe', first.access_token)).status).toBe(401)
  })

  it('S17 ends the grant when a rotated refresh token is used again', async () => {
    const { refresh_token } = await signIn(clinic.url, john)
    const next = (await (await refresh(refresh_token)).json()) as { access_token: string }
    expect((await get('/fhir/Patient/john-doe', next.access_token)).status).toBe(200)
    now += 11_000
    expect((await refresh(refresh_token)).status).toBe(400)
    expect((await get('/fhir/Patient/john-doe', next.access_token)).status).toBe(401)
  })

  it('S25 ends the access token when its refresh token is revoked', async () => {
    const { access_token, refresh_token } = await signIn(clinic.url, john)
    const response = await oauth.revocationRequest(
      server,
      client,
      oauth.None(),
      refresh_token ?? '',
      insecure,
    )
    expect(response.status).toBe(200)
    expect((await get('/fhir/Patient/john-doe', access_token)).status).toBe(401)
  })

  it('S28 S29 checks expiry and scope at each call, and says which one failed', async () => {
    const scope = 'launch/patient patient/Observation.rs'
    const { access_token } = await signIn(clinic.url, { ...john, scope })
    const forbidden = await get('/fhir/Patient/john-doe', access_token)
    expect(forbidden.status).toBe(403)
    expect(await forbidden.json()).toMatchObject({ resourceType: 'OperationOutcome' })
    expect((await get('/fhir/Observation/no-such-id', access_token)).status).toBe(404)
    now += 3_600_000
    const late = await get('/fhir/Observation?_count=1', access_token)
    expect(late.status).toBe(401)
    expect(late.headers.get('www-authenticate')).toContain('invalid_token')
  })
})
