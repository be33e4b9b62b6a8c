import { describe, expect, test } from 'vitest'
import { attack } from './attack.ts'
import { ask, codeForm, decide, logIn, post } from './authorization-request.ts'
import { applications } from './people.ts'

const anna = attack()
const { ext, conf } = applications

const signInWith = async (scope?: string, application: typeof ext | typeof conf = ext) => {
  const visit = await decide(await logIn(await ask(anna, { application, ...(scope && { scope }) })))
  const { json } = await post(anna, '/oauth/token', application, codeForm(visit))
  return json as { access_token: string; refresh_token: string; scope: string }
}

const reads = async (path: string, bearer: string) => (await anna.send(`/fhir/${path}`, { bearer })).status

describe('A17 a refresh gives no more than was allowed', () => {
  const scope = 'openid offline_access launch/patient patient/Patient.rs patient/Observation.rs'
  const refreshed = (refresh_token: string, requestedScope: string) =>
    post(anna, '/oauth/token', ext, { grant_type: 'refresh_token', refresh_token, scope: requestedScope })

  test.each([
    'patient/*.rs',
    'patient/Observation.cruds',
    'patient/Condition.rs',
    'user/*.rs',
    'system/*.rs',
  ])('a request that adds %s is refused with invalid_scope', async (wider) => {
    const { refresh_token } = await signInWith(scope)
    for (const requestedScope of [wider, `${scope} ${wider}`]) {
      const answer = await refreshed(refresh_token, requestedScope)
      expect(answer.status).toBe(400)
      expect(answer.json.error).toBe('invalid_scope')
    }
    expect((await refreshed(refresh_token, scope)).status, 'the right one works').toBe(200)
  })

  test('a narrower scope gives less', async () => {
    const { access_token, refresh_token } = await signInWith(scope)
    expect(await reads('Patient/pa', access_token)).toBe(200)
    const answer = await refreshed(refresh_token, 'launch/patient patient/Observation.rs')
    expect(answer.status, answer.text).toBe(200)
    expect(answer.json.scope.split(' ')).not.toContain('patient/Patient.rs')
    expect(await reads('Observation', answer.json.access_token)).toBe(200)
    expect(await reads('Patient/pa', answer.json.access_token)).toBe(403)
  })
})

describe('A21 there is no other way to get a token', () => {
  test.each([
    ['password', 'unsupported_grant_type'],
    ['implicit', 'unsupported_grant_type'],
    ['urn:ietf:params:oauth:grant-type:token-exchange', 'unsupported_grant_type'],
    ['urn:ietf:params:oauth:grant-type:device_code', 'unsupported_grant_type'],
    ['client_credentials', 'unauthorized_client'],
  ])('grant_type=%s is refused with %s', async (grant_type, error) => {
    const form = { grant_type, username: 'anna', password: 'anna-demo', scope: 'system/*.rs' }
    for (const application of [ext, conf]) {
      const answer = await post(anna, '/oauth/token', application, form)
      expect(answer.status).toBe(400)
      expect(answer.json.error).toBe(error)
    }
  })

  test.each(['token', 'id_token', 'id_token token', 'code token', 'code id_token', 'none'])(
    'response_type=%s is refused with unsupported_response_type',
    async (response_type) => {
      const { page } = await ask(anna, { parameters: { response_type, nonce: 'n' } })
      const { searchParams } = new URL(page.url.href.replace('#', '?'))
      expect(searchParams.get('error')).toBe('unsupported_response_type')
      for (const name of ['code', 'access_token', 'id_token']) expect(searchParams.has(name)).toBe(false)
    },
  )
})

describe('A22 a secret is taken from the Authorization header only', () => {
  const { client_id, client_secret } = conf
  test.each(['/oauth/token', '/oauth/introspect', '/oauth/revoke'])(
    'not from the address of %s',
    async (path) => {
      const query = new URLSearchParams({ client_id, client_secret })
      const form = { grant_type: 'refresh_token', refresh_token: 'nobodys-token', token: 'nobodys-token' }
      for (const body of [form, { ...form, client_id }]) {
        const answer = await anna.send(`${path}?${query}`, {
          method: 'POST',
          body: new URLSearchParams(body),
        })
        expect([400, 401]).toContain(answer.status)
        expect(answer.json.error).toMatch(/^invalid_(client|request)$/)
      }
    },
  )

  test('not from the form', async () => {
    const form = { grant_type: 'refresh_token', refresh_token: 'nobodys-token', client_id, client_secret }
    const answer = await anna.send('/oauth/token', { method: 'POST', body: new URLSearchParams(form) })
    expect(answer.status).toBe(401)
    expect(answer.json.error).toBe('invalid_client')
  })

  test("an empty secret, or another application's, is refused", async () => {
    for (const secret of ['', 'undefined', 'null', applications.evil.client_secret]) {
      const answer = await post(
        anna,
        '/oauth/token',
        { ...conf, client_secret: secret },
        { grant_type: 'refresh_token' },
      )
      expect([400, 401]).toContain(answer.status)
      expect(answer.json.error).toMatch(/^invalid_(client|request)$/)
    }
    const nobody = await post(
      anna,
      '/oauth/token',
      { ...conf, client_id: 'nobody' },
      { grant_type: 'refresh_token' },
    )
    expect(nobody.status).toBe(401)
  })
})

describe('A34 a token request that is not a form is refused at once', () => {
  const form = 'application/x-www-form-urlencoded'
  const post = async (body: string, type = form) => {
    const startedAt = performance.now()
    const answer = await anna.send('/oauth/token', {
      method: 'POST',
      body,
      headers: { 'content-type': type },
    })
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect([400, 401, 413, 415]).toContain(answer.status)
    return answer
  }
  const pair = (count: number) => Array.from({ length: count }, (_, n) => `p${n}=${n}`).join('&')

  test.each<[string, string, string?]>([
    ['1 MB', `grant_type=refresh_token&client_id=ext&refresh_token=${'x'.repeat(1_048_576)}`],
    ['10,000 parameters', `client_id=ext&${pair(10_000)}`],
    ['1,500 parameters, grant_type the last', `client_id=ext&${pair(1_500)}&grant_type=password`],
    ['JSON', '{"grant_type":"refresh_token","client_id":"ext","refresh_token":"x"}', 'application/json'],
    ['text', 'grant_type=refresh_token&client_id=ext', 'text/plain'],
    ['nothing', ''],
    ['prototypes', 'client_id=ext&grant_type=__proto__&__proto__[x]=1&constructor=1'],
    ['malformed escapes', 'client_id=ext&grant_type=%&refresh_token=%ff%zz'],
  ])('%s', async (_name, body, type) => {
    const answer = await post(body, type)
    expect(answer.json.error).toMatch(/^(invalid_(request|client)|unsupported_grant_type)$/)
  })

  test.each(['grant_type', 'client_id', 'code', 'redirect_uri', 'code_verifier', 'refresh_token', 'scope'])(
    '%s twice is refused with invalid_request',
    async (name) => {
      const redeeming = ['code', 'redirect_uri', 'code_verifier'].includes(name)
      const form = new URLSearchParams({
        grant_type: redeeming ? 'authorization_code' : 'refresh_token',
        client_id: 'ext',
        code: 'nobodys-code',
        redirect_uri: ext.redirect_uri,
        refresh_token: 'nobodys-token',
      })
      if (!form.has(name)) form.append(name, 'one')
      form.append(name, form.get(name) ?? 'two')
      const answer = await post(form.toString())
      expect(answer.status).toBe(400)
      expect(answer.json.error).toBe('invalid_request')
    },
  )
})

describe('A37 revoking a token ends its grant at once', () => {
  test.each(['refresh_token', 'access_token'] as const)('after its %s', async (revoked) => {
    const tokens = await signInWith()
    expect(await reads('Patient/pa', tokens.access_token)).toBe(200)
    const answer = await post(anna, '/oauth/revoke', ext, { token: tokens[revoked] })
    expect(answer.status).toBe(200)
    expect(await reads('Patient/pa', tokens.access_token)).toBe(401)
    const { refresh_token } = tokens
    const refresh = await post(anna, '/oauth/token', ext, { grant_type: 'refresh_token', refresh_token })
    expect(refresh.json.error).toBe('invalid_grant')
  })

  test('including the tokens that an earlier refresh issued', async () => {
    const { access_token, refresh_token } = await signInWith()
    const form = { grant_type: 'refresh_token', refresh_token }
    const { json: next } = await post(anna, '/oauth/token', ext, form)
    await post(anna, '/oauth/revoke', ext, { token: next.refresh_token })
    expect(await reads('Patient/pa', next.access_token)).toBe(401)
    expect(await reads('Patient/pa', access_token)).toBe(401)
  })
})
