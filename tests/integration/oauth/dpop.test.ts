import { createHash } from 'node:crypto'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDpopKey, type DpopKey } from '../../fixtures/dpop-key.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import {
  allowInBrowser,
  authorizationUrl,
  carekey,
  discover,
  insecure,
  signIn,
} from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'

const scope = 'openid fhirUser offline_access launch/patient patient/*.rs'

interface Answer {
  readonly access_token: string
  readonly refresh_token: string
  readonly token_type: string
}

describe.each(engines)('a token that is bound to a key, on %s', (store) => {
  let clinic: TestOrganization
  let key: DpopKey
  let bound: Answer
  const tokenUrl = () => `${clinic.url}/oauth/token`
  const patientUrl = () => `${clinic.url}/fhir/Patient/john-doe`

  const postToken = async (form: Record<string, string>, proof: string | undefined) =>
    fetch(tokenUrl(), {
      method: 'POST',
      headers: proof === undefined ? {} : { dpop: proof },
      body: new URLSearchParams({ client_id: carekey.client_id, ...form }),
    })

  const connect = async (): Promise<Answer> => {
    const server = await discover(clinic.url)
    const options = { username: 'john', scope, application: carekey }
    const verifier = oauth.generateRandomCodeVerifier()
    const url = await authorizationUrl(server, options, verifier)
    const { url: callback } = await allowInBrowser(url, options)
    const form = {
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: carekey.redirect_uri,
      code_verifier: verifier,
    }
    const response = await postToken(form, await key.proof({ method: 'POST', url: tokenUrl() }))
    expect(response.status).toBe(200)
    return (await response.json()) as Answer
  }
  const refresh = async (refresh_token: string, by: DpopKey | undefined) =>
    postToken(
      { grant_type: 'refresh_token', refresh_token },
      await by?.proof({ method: 'POST', url: tokenUrl() }),
    )

  const read = (authorization: string, proof?: string, url = patientUrl()) =>
    fetch(url, { headers: { authorization, ...(proof !== undefined && { dpop: proof }) } })
  const proofFor = (claims = {}, header = {}, by = key) =>
    by.proof({ method: 'GET', url: patientUrl(), token: bound.access_token }, claims, header)

  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    key = await createDpopKey()
    bound = await connect()
  })
  afterAll(() => clinic.close())

  it('is offered, and reads with a proof', async () => {
    const { dpop_signing_alg_values_supported } = await discover(clinic.url)
    // No RSA, because a stranger could choose a key that takes long to verify.
    expect(dpop_signing_alg_values_supported).toEqual(['ES256', 'ES384', 'Ed25519'])
    expect(bound.token_type).toBe('DPoP')
    expect((await read(`DPoP ${bound.access_token}`, await proofFor())).status).toBe(200)
    const search = `${clinic.url}/fhir/Observation?_count=1`
    const proof = await key.proof({
      method: 'GET',
      url: `${clinic.url}/fhir/Observation`,
      token: bound.access_token,
    })
    expect((await read(`DPoP ${bound.access_token}`, proof, search)).status).toBe(200)
  })

  it('is useless as a bearer token or without a proof', async () => {
    for (const response of [
      await read(`Bearer ${bound.access_token}`),
      await read(`Bearer ${bound.access_token}`, await proofFor()),
      await read(`DPoP ${bound.access_token}`),
    ]) {
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toMatch(/^DPoP .*algs="ES256/)
      expect(await response.json()).toMatchObject({ resourceType: 'OperationOutcome' })
    }
  })

  it('J02 a proof that is signed with RSA is refused although it is valid, because the key may be a costly one', async () => {
    const rsa = await createDpopKey('RS256')
    const { redirect_uri } = carekey
    const form = { grant_type: 'authorization_code', code: 'x', redirect_uri, code_verifier: 'v'.repeat(43) }
    const errorWith = async (by: DpopKey) => {
      const answer = await postToken(form, await by.proof({ method: 'POST', url: tokenUrl() }))
      return ((await answer.json()) as { error: string }).error
    }
    expect([await errorWith(key), await errorWith(rsa)]).toEqual(['invalid_grant', 'invalid_dpop_proof'])
  })

  it('cannot be imitated by a token that is not bound', async () => {
    const plain = await signIn(clinic.url, { username: 'john', scope, application: carekey })
    const ath = createHash('sha256').update(plain.access_token).digest('base64url')
    expect((await read(`DPoP ${plain.access_token}`, await proofFor({ ath }))).status).toBe(401)
    expect((await read(`Bearer ${plain.access_token}`)).status).toBe(200)
  })

  const now = () => Math.floor(Date.now() / 1000)
  it.each<[string, () => Record<string, unknown>, Record<string, unknown>]>([
    ['another method', () => ({ htm: 'POST' }), {}],
    ['another address', () => ({ htu: 'https://other.test/fhir/Patient/john-doe' }), {}],
    ['another resource', () => ({ htu: `${clinic.url}/fhir/Patient/jane-doe` }), {}],
    ['an old time', () => ({ iat: now() - 3600 }), {}],
    ['a time to come', () => ({ iat: now() + 3600 }), {}],
    ['no time', () => ({ iat: undefined }), {}],
    ['no jti', () => ({ jti: undefined }), {}],
    ['no token', () => ({ ath: undefined }), {}],
    ['another token', () => ({ ath: 'x' }), {}],
    ['another type', () => ({}), { typ: 'JWT' }],
  ])('is refused with a proof that names %s', async (_what, claims, header) => {
    const response = await read(`DPoP ${bound.access_token}`, await proofFor(claims(), header))
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_dpop_proof"')
  })

  it('is refused with a proof by another key, or two proofs', async () => {
    const thief = await createDpopKey()
    expect((await read(`DPoP ${bound.access_token}`, await proofFor({}, {}, thief))).status).toBe(401)
    const two = `${await proofFor()}, ${await proofFor()}`
    expect((await read(`DPoP ${bound.access_token}`, two)).status).toBe(401)
  })

  it('accepts each proof once; of many at once, one', async () => {
    for (let round = 0; round < 10; round += 1) {
      const proof = await proofFor()
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => read(`DPoP ${bound.access_token}`, proof)),
      )
      expect(answers.filter(({ status }) => status === 200).length).toBe(1)
      expect(answers.filter(({ status }) => status === 401).length).toBe(7)
    }
  })

  it('stays bound when it is refreshed, and when the same answer is replayed', async () => {
    const { refresh_token } = await connect()
    expect((await refresh(refresh_token, undefined)).status).toBe(400)
    expect((await refresh(refresh_token, await createDpopKey())).status).toBe(400)
    const first = (await (await refresh(refresh_token, key)).json()) as Answer
    expect(first.token_type).toBe('DPoP')
    const again = (await (await refresh(refresh_token, key)).json()) as Answer
    expect(again.access_token).toBe(first.access_token)
    const thief = await refresh(refresh_token, await createDpopKey())
    expect(thief.status).toBe(400)
    expect((await read(`Bearer ${first.access_token}`)).status).toBe(401)
  })

  it('returns the identity of the person, with a proof', async () => {
    const url = `${clinic.url}/oauth/userinfo`
    const { access_token } = await connect()
    const proof = await key.proof({ method: 'GET', url, token: access_token })
    const response = await read(`DPoP ${access_token}`, proof, url)
    expect(await response.json()).toEqual({
      sub: 'john',
      name: 'John Doe',
      fhirUser: `${clinic.url}/fhir/Patient/john-doe`,
    })
    expect((await read(`Bearer ${access_token}`, undefined, url)).status).toBe(401)
  })

  it('works with oauth4webapi', async () => {
    const server = await discover(clinic.url)
    const client: oauth.Client = { client_id: carekey.client_id }
    const handle = oauth.DPoP(client, await oauth.generateKeyPair('ES256', { extractable: true }))
    const options = { username: 'john', scope, application: carekey }
    const verifier = oauth.generateRandomCodeVerifier()
    const url = await authorizationUrl(server, options, verifier)
    const { url: callback } = await allowInBrowser(url, options)
    const state = url.searchParams.get('state') ?? ''
    const parameters = oauth.validateAuthResponse(server, client, callback, state)
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      parameters,
      carekey.redirect_uri,
      verifier,
      { ...insecure, DPoP: handle },
    )
    const token = await oauth.processAuthorizationCodeResponse(server, client, response)
    expect(token.token_type).toBe('dpop')
    const record = await oauth.protectedResourceRequest(
      token.access_token,
      'GET',
      new URL(patientUrl()),
      undefined,
      undefined,
      { ...insecure, DPoP: handle },
    )
    expect(record.status).toBe(200)
  })
})
