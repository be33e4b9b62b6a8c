import { describe, expect, test } from 'vitest'
import { refusedRequests } from '../fixtures/refused-requests.ts'
import { attack } from './attack.ts'

const anna = attack()

const bearer = async () => `Authorization: Bearer ${await anna.token('TA')}`

/** Checks that a request is refused in the form of its protocol (as the oracles require), with a request id, and counted once. */
const expectRefused = async (expected: number, head: readonly string[], body?: string) => {
  const before = (await refusedRequests(anna.server.store)).total
  const { answers, status } = await anna.sendRaw({ head, ...(body !== undefined && { body }) })
  expect(status).toBe(expected)
  expect(answers).toHaveLength(1)
  const headers = answers[0]?.response.headers
  expect(headers?.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  expect(headers?.get('x-content-type-options')).toBe('nosniff')
  expect(headers?.get('content-security-policy')).toContain("default-src 'none'")
  expect((await refusedRequests(anna.server.store)).total).toBe(before + 1)
  return answers[0]?.text ?? ''
}

const PLACES = [
  'GET /fhir/Patient/pa',
  'POST /oauth/introspect',
  'POST /oauth/token',
  'POST /oauth/revoke',
  'POST /oauth/register',
  'GET /oauth/userinfo',
  'GET /audit/proof/inclusion?size=1&entry=x',
  'GET /account',
  'GET /nowhere',
] as const

describe('more than 200 parameters or cookies are refused before any is read', () => {
  const names = (count: number, separator: string) =>
    Array.from({ length: count }, (_, at) => `a${at}=`).join(separator)

  test.each(PLACES)('%s', async (line) => {
    const address = line + (line.includes('?') ? '&' : '?')
    await expectRefused(400, [`${address}${names(201, '&')} HTTP/1.1`, 'Host: localhost'])
    await expectRefused(400, [`${line} HTTP/1.1`, 'Host: localhost', `Cookie: ${names(201, ';')}`])
  })

  test('200 of each are not', async () => {
    const { status } = await anna.sendRaw({
      head: [`GET /healthz?${names(200, '&')} HTTP/1.1`, 'Host: localhost', `Cookie: ${names(200, '; ')}`],
    })
    expect(status).toBe(200)
  })
})

describe('F06 a header that may occur once is refused when it occurs twice', () => {
  test.each(PLACES)('two Authorization headers: %s', async (line) => {
    const good = await bearer()
    for (const lines of [
      [good, 'Authorization: Bearer another'],
      ['Authorization: Bearer another', good],
      [good, good],
      ['authorization: Basic Zm9vOmJhcg==', good],
    ])
      await expectRefused(400, [`${line} HTTP/1.1`, ...lines])
  })

  test.each(PLACES)('two DPoP headers: %s', async (line) => {
    await expectRefused(400, [`${line} HTTP/1.1`, await bearer(), 'DPoP: a', 'dpop: b'])
  })

  test.each(PLACES)('two Host headers: %s', async (line) => {
    await expectRefused(400, [`${line} HTTP/1.1`, 'Host: localhost', 'Host: evil.test', await bearer()])
  })

  test.each(['Content-Type', 'Cookie', 'Origin', 'X-Request-Id', 'Range', 'X-Whatever'])(
    'also %s',
    async (name) => {
      const lines = [`${name}: application/json`, `${name}: text/plain`]
      await expectRefused(400, ['GET /fhir/Patient/pa HTTP/1.1', await bearer(), ...lines])
    },
  )

  test('headers that are lists may come on several lines', async () => {
    const lines = [
      'Accept: application/json',
      'Accept: */*',
      'X-Forwarded-For: 192.0.2.1',
      'X-Forwarded-For: 192.0.2.2',
    ]
    const { status } = await anna.sendRaw({
      head: ['GET /fhir/Patient/pa HTTP/1.1', await bearer(), ...lines],
    })
    expect(status).toBe(200)
  })
})

describe("F65 Node's own error answers are replaced by ours", () => {
  test.each(PLACES)('an expectation that is not supported: %s', async (line) => {
    await expectRefused(417, [`${line} HTTP/1.1`, await bearer(), 'Expect: x'])
  })

  test('100-continue is supported', async () => {
    const { status } = await anna.sendRaw({
      head: ['GET /fhir/Patient/pa HTTP/1.1', await bearer(), 'Expect: 100-continue'],
    })
    expect(status).toBe(200)
  })
})

describe('F66 a compressed body is not unpacked', () => {
  test.each(['gzip', 'deflate', 'br', 'zstd', 'GZIP', 'identity, gzip', 'x'])('%s', async (encoding) => {
    for (const line of [
      'POST /fhir/Patient/_search',
      'POST /fhir',
      'POST /oauth/token',
      'POST /login',
      'POST /account',
    ])
      await expectRefused(
        415,
        [`${line} HTTP/1.1`, await bearer(), `Content-Encoding: ${encoding}`, 'Content-Length: 3'],
        'abc',
      )
  })
})

describe('F36 requests that reach no part of the server are counted', () => {
  test.each(['//fhir/Patient/pa', '/FHIR/Patient/pa', '/fhir2', '/nowhere', '/login/a/b/c', '/.env'])(
    '%s',
    async (path) => {
      for (const method of ['GET', 'POST', 'DELETE'])
        await expectRefused(404, [`${method} ${path} HTTP/1.1`, await bearer()])
    },
  )

  test('a method that an address does not support', async () => {
    for (const path of ['/healthz', '/brands.json', '/audit/checkpoint', '/login'])
      await expectRefused(404, [`DELETE ${path} HTTP/1.1`])
  })

  test.each(['PUT', 'PATCH', 'DELETE', 'POST'])('a content type that cannot be read: %s', async (method) => {
    for (const path of ['/nowhere', '/login', '/account', '/password/x', '/audit/key'])
      await expectRefused(
        415,
        [`${method} ${path} HTTP/1.1`, await bearer(), 'Content-Type: ;', 'Content-Length: 1'],
        'x',
      )
  })

  test('a content type that cannot be read, while the log cannot be written', async () => {
    await anna.server.breakLog()
    for (const method of ['PUT', 'DELETE', 'POST']) {
      const head = [`${method} /nowhere HTTP/1.1`, 'Content-Type: ;', 'Content-Length: 1']
      expect((await anna.sendRaw({ head, body: 'x' })).status).toBe(503)
    }
    await anna.server.mendLog()
  })
})
