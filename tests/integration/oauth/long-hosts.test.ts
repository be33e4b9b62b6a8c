import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createDpopKey } from '../../fixtures/dpop-key.ts'
import { LONG_HOST, recordParsed } from '../../fixtures/long-host.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'

let clinic: TestOrganization
beforeAll(async () => {
  clinic = await startOrganization({ demo: 'riverside' })
})
afterAll(() => clinic.close())
afterEach(() => vi.unstubAllGlobals())

/** As long as an address or a header may be. */
const RAW = LONG_HOST.slice(0, 2_500)
const ESCAPED = encodeURIComponent(LONG_HOST.slice(0, 1_200))

/** An address with such a host. */
const LONG = /^[^/]*\/\/[^/?#]*(?:[^\p{ASCII}]|%E)/iu

/** Runs the work and checks that no long name came to `URL`. */
const withoutLong = async (work: () => Promise<Response>) => {
  const parsed = recordParsed()
  const response = await work()
  const text = await response.text()
  vi.unstubAllGlobals()
  expect(parsed.length).toBeGreaterThan(0)
  expect(parsed.filter((each) => LONG.test(each)).map((each) => each.slice(0, 40))).toEqual([])
  return { status: response.status, text, location: response.headers.get('location') }
}

const form = { grant_type: 'authorization_code', code: 'x', client_id: carekey.client_id }
const postToken = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${clinic.url}/oauth/token`, { method: 'POST', headers, body: new URLSearchParams(fields) })

describe('J13 a long name of a host never comes to `URL`', () => {
  test.each([RAW, ESCAPED])('as the `htu` of a DPoP proof', async (host) => {
    const key = await createDpopKey()
    const proofOf = (method: string) => key.proof({ method, url: `http://${host}/oauth/token` })
    const redirect_uri = carekey.redirect_uri
    const proof = await proofOf('POST')
    const refused = await withoutLong(() => postToken({ ...form, redirect_uri }, { dpop: proof }))
    expect(refused.status).toBe(400)
    expect(JSON.parse(refused.text).error).toBe('invalid_dpop_proof')
    const asked = await proofOf('GET')
    const query = new URLSearchParams({ ...form, redirect_uri, response_type: 'code' })
    expect(
      await withoutLong(() =>
        fetch(`${clinic.url}/oauth/authorize?${query}`, { redirect: 'manual', headers: { dpop: asked } }),
      ),
    ).toMatchObject({ status: 400 })
  })

  test('as the `htu` of a proof with a token', async () => {
    const key = await createDpopKey()
    const options = { username: 'john', scope: 'launch/patient patient/*.rs', application: carekey }
    const { access_token: token } = await signIn(clinic.url, options)
    const url = `${clinic.url}/fhir/Patient/john-doe`
    const proof = await key.proof({ method: 'GET', url: `http://${RAW.slice(0, 1_200)}/x`, token })
    expect(
      await withoutLong(() => fetch(url, { headers: { authorization: `DPoP ${token}`, dpop: proof } })),
    ).toMatchObject({ status: 401 })
  })

  test.each(['redirect_uri', 'resource'])('as %s of an authorization request', async (name) => {
    const parameters = new URLSearchParams({
      ...{ client_id: carekey.client_id, redirect_uri: carekey.redirect_uri, response_type: 'code' },
      ...{
        scope: 'openid',
        state: 'a'.repeat(22),
        code_challenge: 'b'.repeat(43),
        code_challenge_method: 'S256',
      },
    })
    parameters.set(name, `http://${LONG_HOST.slice(0, 1_200)}/x`)
    const { status, location } = await withoutLong(() =>
      fetch(`${clinic.url}/oauth/authorize?${parameters}`, { redirect: 'manual' }),
    )
    if (name === 'redirect_uri') expect(status).toBe(400)
    else expect(location).toContain('error=invalid_target')
  })

  test('as resource of a token request', async () => {
    const { status, text } = await withoutLong(() =>
      postToken({ ...form, resource: `http://${LONG_HOST}/fhir` }),
    )
    expect(status).toBe(400)
    expect(JSON.parse(text).error).toBe('invalid_target')
  })

  test.each([
    'redirect_uris',
    'client_uri',
    'logo_uri',
    'tos_uri',
    'policy_uri',
    'jwks_uri',
    'launch_uri',
    'initiate_login_uri',
  ])('as %s of an application that is registered', async (name) => {
    const admin = await signIn(clinic.url, {
      ...{ username: 'admin', scope: 'openid client.register', application: carekey, window: 'visit' },
    })
    const address = `https://${LONG_HOST}/`
    const { status, text } = await withoutLong(() =>
      fetch(`${clinic.url}/oauth/register`, {
        method: 'POST',
        headers: { authorization: `Bearer ${admin.access_token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          ...{ client_name: 'Chart Viewer', redirect_uris: ['https://chart.example/callback'] },
          ...{ [name]: name === 'redirect_uris' ? [address] : address },
        }),
      }),
    )
    expect(status).toBe(400)
    expect(JSON.parse(text).error).toMatch(/^invalid_(client_metadata|redirect_uri)$/)
  })
})
