import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putClient } from '../../../server/oauth/clients/clients.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { registerResourceServer, resourceServer } from '../../fixtures/resource-server.ts'
import { allowInBrowser, carekey } from '../../fixtures/sign-in.ts'
import { type Algorithm, registerSignedClient } from '../../fixtures/signed-client.ts'

const scope = 'openid fhirUser offline_access launch/patient patient/*.rs'
const redirect_uri = 'http://127.0.0.1:5999/callback'

describe('openid-client, unchanged', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
  })
  afterAll(() => clinic.close())

  const discover = (clientId: string, authentication?: client.ClientAuth) =>
    client.discovery(new URL(clinic.url), clientId, undefined, authentication, {
      execute: [client.allowInsecureRequests],
    })

  const signIn = async (
    config: client.Configuration,
    redirect: string,
    options?: client.AuthorizationCodeGrantOptions,
  ) => {
    const pkceCodeVerifier = client.randomPKCECodeVerifier()
    const [state, nonce] = [client.randomState(), client.randomNonce()]
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirect,
      scope,
      state,
      nonce,
      aud: `${clinic.url}/fhir`,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    })
    const application = { client_id: config.clientMetadata().client_id, redirect_uri: redirect }
    const { url: callback } = await allowInBrowser(url, { username: 'john', scope, application })
    const checks = { pkceCodeVerifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
    return client.authorizationCodeGrant(config, callback, checks, undefined, options)
  }

  const read = (config: client.Configuration, token: string, options?: client.DPoPOptions) =>
    client.fetchProtectedResource(
      config,
      token,
      new URL(`${clinic.url}/fhir/Patient/john-doe`),
      'GET',
      undefined,
      undefined,
      options,
    )

  it('S5 S13 S23 signs in, reads, refreshes, requests the identity, introspects and revokes', async () => {
    await registerResourceServer(clinic.store)
    const config = await discover(carekey.client_id, client.None())
    const token = await signIn(config, carekey.redirect_uri)
    expect(token.patient).toBe('john-doe')
    expect(token.claims()?.fhirUser).toBe(`${clinic.url}/fhir/Patient/john-doe`)
    expect((await read(config, token.access_token)).status).toBe(200)
    const sub = token.claims()?.sub ?? ''
    const person = await client.fetchUserInfo(config, token.access_token, sub)
    expect(person).toMatchObject({ name: 'John Doe', fhirUser: `${clinic.url}/fhir/Patient/john-doe` })
    const next = await client.refreshTokenGrant(config, token.refresh_token ?? '')
    expect((await read(config, next.access_token)).status).toBe(200)
    const gateway = await discover(
      resourceServer.client_id,
      client.ClientSecretBasic(resourceServer.client_secret),
    )
    expect(await client.tokenIntrospection(gateway, next.access_token)).toMatchObject({
      active: true,
      client_id: carekey.client_id,
      iss: clinic.url,
      sub,
      patient: 'john-doe',
      fhirUser: `${clinic.url}/fhir/Patient/john-doe`,
    })
    await client.tokenRevocation(config, next.refresh_token ?? '')
    expect(await client.tokenIntrospection(gateway, next.access_token)).toEqual({ active: false })
    await expect(read(config, next.access_token)).rejects.toMatchObject({ status: 401 })
  })

  it('binds its tokens with DPoP', async () => {
    const config = await discover(carekey.client_id, client.None())
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
    const token = await signIn(config, carekey.redirect_uri, { DPoP })
    expect(token.token_type).toBe('dpop')
    expect((await read(config, token.access_token, { DPoP })).status).toBe(200)
    const next = await client.refreshTokenGrant(config, token.refresh_token ?? '', undefined, { DPoP })
    expect((await read(config, next.access_token, { DPoP })).status).toBe(200)
    await expect(read(config, next.access_token)).rejects.toMatchObject({ status: 401 })
    const stolen = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
    await expect(read(config, next.access_token, { DPoP: stolen })).rejects.toMatchObject({ status: 401 })
  })

  it.each<Algorithm>(['RS384', 'ES384'])(
    'S15 signs in and acts on its own behalf with a key, %s',
    async (algorithm) => {
      const { clientId, privateKey, publicKey } = await registerSignedClient(clinic, {
        algorithm,
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        response_types: ['code'],
        redirect_uris: [redirect_uri],
        scope: 'patient/*.rs system/Patient.rs',
      })
      const config = await discover(
        clientId,
        client.PrivateKeyJwt({ key: privateKey, kid: publicKey.kid ?? '' }),
      )
      const token = await signIn(config, redirect_uri)
      expect(token.patient).toBe('john-doe')
      const next = await client.refreshTokenGrant(config, token.refresh_token ?? '')
      expect((await read(config, next.access_token)).status).toBe(200)
      const own = await client.clientCredentialsGrant(config, { scope: 'system/Patient.rs' })
      expect(own).toMatchObject({ scope: 'system/Patient.rs', expires_in: 300 })
      expect((await read(config, own.access_token)).status).toBe(200)
    },
  )

  it('S14 signs in with a secret by HTTP Basic, and in no other way', async () => {
    const secret = client.randomState()
    await clinic.store.write((trx) =>
      putClient(trx, {
        client_id: 'with-secret',
        client_secret: secret,
        token_endpoint_auth_method: 'client_secret_basic',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [redirect_uri],
      }),
    )
    const config = await discover('with-secret', client.ClientSecretBasic(secret))
    expect((await signIn(config, redirect_uri)).patient).toBe('john-doe')
    const inBody = await discover('with-secret', client.ClientSecretPost(secret))
    await expect(signIn(inBody, redirect_uri)).rejects.toThrow()
  })
})
