import { describe, expect, test } from 'vitest'
import { refusedRequests } from '../fixtures/refused-requests.ts'
import { attack } from './attack.ts'
import { type Asked, ask, codeForm, decide, logIn, post } from './authorization-request.ts'
import { applications } from './people.ts'

const anna = attack()
const { ext, conf } = applications

/** Expects a redirect to the application with this error and without a code. */
const refusedWith = async (error: string, request: Asked): Promise<void> => {
  const { page, application } = await ask(anna, request)
  expect(page.status, page.html).toBe(0)
  expect(`${page.url.origin}${page.url.pathname}`).toBe(application.redirect_uri)
  expect(page.url.searchParams.get('error')).toBe(error)
  expect(page.url.searchParams.has('code')).toBe(false)
}

describe('A04 authorize without code_challenge is refused with invalid_request', () => {
  test.each([ext, conf])('for $client_id', async (application) => {
    await refusedWith('invalid_request', {
      application,
      parameters: { code_challenge: undefined, code_challenge_method: undefined },
    })
  })

  test('also when only the code_challenge_method is sent', () =>
    refusedWith('invalid_request', { parameters: { code_challenge: undefined } }))
})

describe('A05 authorize with the code_challenge_method plain is refused with invalid_request', () => {
  test.each(['plain', undefined, 's256', 'S512'])('%s', (code_challenge_method) =>
    refusedWith('invalid_request', { parameters: { code_challenge_method } }),
  )

  test('no metadata document offers it', async () => {
    for (const path of ['/fhir/.well-known/smart-configuration', '/.well-known/openid-configuration'])
      expect((await anna.send(path)).json.code_challenge_methods_supported).toEqual(['S256'])
  })
})

describe('A35 an answer comes in the query only, as the metadata says', () => {
  test.each(['fragment', 'form_post', 'web_message', 'jwt', 'query.jwt', 'toString'])(
    'not in %s',
    (response_mode) => refusedWith('unsupported_response_mode', { parameters: { response_mode } }),
  )

  test('in the query when the request asks for it', async () => {
    const { page } = await decide(await logIn(await ask(anna, { parameters: { response_mode: 'query' } })))
    expect(page.url.searchParams.has('code')).toBe(true)
    expect(page.url.hash).toBe('')
  })
})

describe('A25 every answer to the application names exactly the issuer', () => {
  const expectIssuerInDocuments = async () => {
    for (const path of ['/fhir/.well-known/smart-configuration', '/.well-known/openid-configuration']) {
      const { json } = await anna.send(path)
      expect(json.issuer).toBe(anna.server.url)
      expect(json.authorization_response_iss_parameter_supported).toBe(true)
    }
  }
  const expectIssuer = ({ searchParams }: URL) =>
    expect(searchParams.getAll('iss')).toEqual([anna.server.url])

  test('with a code', async () => {
    await expectIssuerInDocuments()
    const { page } = await decide(await logIn(await ask(anna)))
    expect(page.url.searchParams.has('code')).toBe(true)
    expectIssuer(page.url)
  })

  test('when the person denies', async () => {
    const { page } = await decide(await logIn(await ask(anna)), 'deny')
    expect(page.url.searchParams.get('error')).toBe('access_denied')
    expectIssuer(page.url)
  })

  test.each<[string, Record<string, string | undefined>]>([
    ['invalid_request', { code_challenge: undefined }],
    ['invalid_request', { aud: 'https://other.test/fhir' }],
    ['login_required', { prompt: 'none' }],
    ['unsupported_response_type', { response_type: 'token' }],
  ])('with the error %s', async (error, parameters) => {
    const { page } = await ask(anna, { parameters })
    expect(page.status, page.html).toBe(0)
    const { searchParams } = new URL(page.url.href.replace('#', '?'))
    expect(searchParams.get('error')).toBe(error)
    expect(searchParams.getAll('iss')).toEqual([anna.server.url])
  })
})

describe('A36 a token is always for this FHIR server', () => {
  test.each([
    undefined,
    'https://other.test/fhir',
    'http://localhost/fhir',
    'http://localhost.evil.test/fhir',
  ])('aud=%s is refused', (aud) => refusedWith('invalid_request', { parameters: { aud } }))

  test('a resource indicator for another server is refused', () =>
    refusedWith('invalid_target', { parameters: { resource: 'https://other.test/fhir' } }))
})

describe('A39 an excessive request is refused, and never granted', () => {
  const kilobytes = 'x'.repeat(100 * 1024)

  /** The request is refused before it is parsed, so no entry has its id. */
  const sendUnreadable = async () => {
    const query = new URLSearchParams({ client_id: 'ext', response_type: 'code', state: kilobytes })
    const answer = await fetch(`${anna.server.url}/oauth/authorize?${query}`, { redirect: 'manual' })
    expect(answer.status).toBe(431)
    expect(answer.headers.has('location')).toBe(false)
    expect((await answer.text()).length).toBeLessThan(1_000)
  }

  test('a state of 100 kB in the address, sent 30 times: the log counts the requests and does not store the state', async () => {
    for (let n = 0; n < 30; n++) await sendUnreadable()
    expect((await refusedRequests(anna.server.store)).by['other too_long']).toBe(30)
    expect(await anna.server.stolenDatabase()).not.toContain('xxxx')
    expect((await anna.send('/healthz')).status).toBe(200)
  })

  test('a state of 100 kB in a form', async () => {
    const body = new URLSearchParams({ client_id: 'ext', response_type: 'code', state: kilobytes })
    const answer = await anna.send('/oauth/authorize', { method: 'POST', body })
    expect([400, 413]).toContain(answer.status)
    expect(answer.headers.has('location')).toBe(false)
  })

  test('prompt=none without a session', () =>
    refusedWith('login_required', { parameters: { prompt: 'none' } }))

  test.each([
    'system/*.*',
    'system/*.rs',
    'admin',
    'patient/*.cruds system/Patient.rs',
    '*/*.*',
    'client.register',
  ])('the scope %s', async (more) => {
    const askedVisit = await ask(anna, { scope: `openid launch/patient patient/Observation.rs ${more}` })
    if (askedVisit.page.status === 0) {
      expect(askedVisit.page.url.searchParams.get('error')).toBe('invalid_scope')
      return
    }
    const visit = await decide(await logIn(askedVisit))
    const { json } = await post(anna, '/oauth/token', ext, codeForm(visit))
    expect(json.scope.split(' ')).toContain('patient/Observation.rs')
    expect(json.scope).not.toMatch(/system|admin|register|\*\/|\.[a-z]*[cud]/)
  })

  test.each(['system/*.*', 'nothing', ''])('the scope %s alone', async (scope) => {
    const visit = await ask(anna, { scope })
    const { page } = visit.page.status === 0 ? visit : await decide(await logIn(visit))
    expect(page.status, page.html).toBe(0)
    expect(page.url.searchParams.get('error')).toMatch(/^(invalid_scope|invalid_request|access_denied)$/)
    expect(page.url.searchParams.has('code')).toBe(false)
  })
})
