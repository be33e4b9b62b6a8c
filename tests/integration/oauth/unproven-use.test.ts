import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDpopKey, type DpopKey } from '../../fixtures/dpop-key.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { registerResourceServer } from '../../fixtures/resource-server.ts'
import { carekey } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import { isActive, obtainCode } from '../../fixtures/token-requests.ts'

describe.each(engines)('A15 the answer to a refresh that may be lost, on %s', (store) => {
  let now = Date.now()
  let clinic: TestOrganization
  let key: DpopKey
  let thief: DpopKey
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store, clock: () => now })
    await registerResourceServer(clinic.store)
    ;[key, thief] = [await createDpopKey(), await createDpopKey()]
  })
  afterAll(() => clinic.close())

  const iat = () => ({ iat: Math.floor(now / 1000) })
  const post = async (form: Record<string, string>) => {
    const url = `${clinic.url}/oauth/token`
    const response = await fetch(url, {
      method: 'POST',
      headers: { dpop: await key.proof({ method: 'POST', url }, iat()) },
      body: new URLSearchParams({ client_id: carekey.client_id, ...form }),
    })
    const body = (await response.json()) as { access_token: string; refresh_token: string }
    return { status: response.status, body }
  }
  const refresh = (refresh_token: string) => post({ grant_type: 'refresh_token', refresh_token })
  const url = () => `${clinic.url}/fhir/Patient/john-doe`
  const read = async (authorization: string, dpop?: string) =>
    (await fetch(url(), { headers: { authorization, ...(dpop !== undefined && { dpop }) } })).status
  const proofBy = (by: DpopKey, token: string) => by.proof({ method: 'GET', url: url(), token }, iat())

  /** Refreshes, lets somebody use the access token of the answer, and refreshes with the same token 20 seconds later. */
  const refreshAround = async (use: (token: string) => Promise<unknown>) => {
    const { code, verifier, redirect_uri } = await obtainCode(clinic.url)
    const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier }
    const { refresh_token } = (await post(form)).body
    const lost = await refresh(refresh_token)
    expect(lost.status).toBe(200)
    await use(lost.body.access_token)
    now += 20_000
    return refresh(refresh_token)
  }

  it.each<[string, (token: string) => Promise<unknown>]>([
    ['as a bearer token', (token) => read(`Bearer ${token}`)],
    ['without a proof', (token) => read(`DPoP ${token}`)],
    ['with the proof of another key', async (token) => read(`DPoP ${token}`, await proofBy(thief, token))],
    [
      'to a resource server, which introspects it',
      async (token) => expect(await isActive(clinic.url, token)).toBe(true),
    ],
  ])('is given again after a thief presented its bound token %s', async (_name, present) => {
    const again = await refreshAround(present)
    expect(again.status).toBe(200)
    const { access_token } = again.body
    expect(await read(`DPoP ${access_token}`, await proofBy(key, access_token))).toBe(200)
  })

  it('arrived once its bound token was used with its proof', async () => {
    const again = await refreshAround(async (token) =>
      expect(await read(`DPoP ${token}`, await proofBy(key, token))).toBe(200),
    )
    expect(again.status).toBe(400)
  })
})
