import { createRemoteJWKSet, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { attack } from './attack.ts'
import { ask, authorizationOf, codeForm, decide, logIn, post } from './authorization-request.ts'
import { applications } from './people.ts'

const anna = attack()

const DOCUMENTS = [
  '/fhir/.well-known/smart-configuration',
  '/.well-known/smart-configuration',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
]

describe('A35 the metadata documents agree, and offer nothing that helps an attacker', () => {
  test.each(DOCUMENTS)('%s', async (path) => {
    const answer = await anna.send(path)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain('application/json')
    const { json } = answer
    expect(json.issuer).toBe(anna.server.url)
    expect(json.code_challenge_methods_supported).toEqual(['S256'])
    expect(json.authorization_response_iss_parameter_supported).toBe(true)
    expect(json.response_types_supported).toEqual(['code'])
    expect(json.grant_types_supported).not.toContain('password')
    expect(json.grant_types_supported).not.toContain('implicit')
    const algorithms = Object.entries(json).filter(([name]) => name.endsWith('_alg_values_supported'))
    expect(algorithms.flatMap(([, values]) => values).join(' ')).not.toMatch(/none|HS\d/)
    expect(json.token_endpoint_auth_methods_supported).not.toContain('client_secret_post')
    const addresses = Object.entries(json).filter(([name]) => /_(endpoint|uri)$/.test(name))
    expect(addresses.length).toBeGreaterThan(4)
    for (const [name, address] of addresses) expect(address, name).toMatch(`${anna.server.url}/`)
  })

  test('the authorization endpoint accepts POST, as the metadata says', async () => {
    for (const path of DOCUMENTS)
      expect((await anna.send(path)).json.capabilities).toContain('authorize-post')
    const { url } = await authorizationOf(anna)
    // Sent without the oracles, because the answer only redirects to the same request as a GET.
    const postAnswer = await fetch(`${anna.server.url}${url.pathname}`, {
      method: 'POST',
      body: url.searchParams,
      redirect: 'manual',
    })
    expect(postAnswer.status).toBe(303)
    const request = new URL(postAnswer.headers.get('location') ?? '', anna.server.url)
    expect([...request.searchParams]).toEqual([...url.searchParams])
    expect((await anna.send(`${request.pathname}${request.search}`)).headers.get('location')).toMatch(
      /^\/login\//,
    )
  })

  test('the documents stay the same whatever host a request names', async () => {
    for (const path of DOCUMENTS) {
      const headers = {
        'x-forwarded-host': 'evil.test',
        'x-forwarded-proto': 'https',
        forwarded: 'host=evil.test;proto=https',
      }
      expect((await anna.send(path, { headers })).text).toBe((await anna.send(path)).text)
    }
  })

  test('the authorization answer and the id_token name the same issuer', async () => {
    const visit = await decide(await logIn(await ask(anna, { parameters: { nonce: 'n-1' } })))
    expect(visit.page.url.searchParams.get('iss')).toBe(anna.server.url)
    const { json } = await post(anna, '/oauth/token', applications.ext, codeForm(visit))
    const keys = createRemoteJWKSet(new URL(`${anna.server.url}/oauth/jwks`))
    const { payload, protectedHeader } = await jwtVerify(json.id_token, keys, { audience: 'ext' })
    expect(payload.iss).toBe(anna.server.url)
    expect(payload.nonce).toBe('n-1')
    expect(protectedHeader.alg).toBe('RS256')
  })

  test('the published keys are public keys', async () => {
    const { json } = await anna.send('/oauth/jwks')
    expect(json.keys.length).toBeGreaterThan(0)
    for (const key of json.keys) expect(Object.keys(key)).not.toEqual(expect.arrayContaining(['d']))
  })
})
