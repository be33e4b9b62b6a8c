import { describe, expect, test } from 'vitest'
import { attack } from './attack.ts'
import { ask, decide, logIn } from './authorization-request.ts'
import { applications } from './people.ts'

const anna = attack()

const bearer = async () => `Authorization: Bearer ${await anna.token('TA')}`
const FORM = 'Content-Type: application/x-www-form-urlencoded'

describe('C12 an unsupported format is refused by its name', () => {
  test.each(['text/html', 'application/xml', 'multipart/form-data; boundary=x', ';;;', 'application/json'])(
    'a search posted as %s',
    async (type) => {
      const answer = await anna.send('/fhir/Patient/_search', {
        as: 'TA',
        method: 'POST',
        headers: { 'content-type': type },
        body: 'name=x',
      })
      expect(answer.status).toBe(415)
    },
  )

  test.each(['text/html', 'application/fhir+xml', 'application/x-www-form-urlencoded'])(
    'a batch posted as %s',
    async (type) => {
      const answer = await anna.send('/fhir', {
        as: 'TA',
        method: 'POST',
        headers: { 'content-type': type },
        body: '{"resourceType":"Bundle","type":"batch"}',
      })
      expect(answer.status).toBe(415)
    },
  )

  test.each(['text/html', ';;;', 'application/json'])('a token request as %s', async (type) => {
    const answer = await anna.send('/oauth/token', {
      method: 'POST',
      headers: { 'content-type': type },
      body: 'grant_type=refresh_token&client_id=ext&refresh_token=x',
    })
    expect([400, 415]).toContain(answer.status)
    expect(answer.json.error).toBe('invalid_request')
  })

  test.each(['application/fhir+xml', 'text/html', 'image/*', 'application/fhir+json;q=0', ','])(
    'Accept: %s',
    async (accept) => {
      for (const path of ['/fhir/Patient/pa', '/fhir/Patient', '/fhir/metadata'])
        expect((await anna.send(path, { as: 'TA', headers: { accept } })).status).toBe(406)
    },
  )

  test('a list of encodings without an end', async () => {
    const encodings = Array(1500).fill('gzip;q=0.5').join(',')
    const { status, answers } = await anna.sendRaw({
      head: [
        'GET /fhir/Patient/pa HTTP/1.1',
        await bearer(),
        `Accept-Encoding: ${encodings.slice(0, 15_000)}`,
      ],
    })
    expect(status).toBe(200)
    expect(answers[0]?.response.headers.has('content-encoding')).toBe(false)
  })

  test.each([
    [
      'Transfer-Encoding and Content-Length',
      ['Transfer-Encoding: chunked', 'Content-Length: 5'],
      '0\r\n\r\n',
    ],
    ['Transfer-Encoding twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], '0\r\n\r\n'],
    ['an unknown Transfer-Encoding', ['Transfer-Encoding: xchunked'], '0\r\n\r\n'],
    ['a hidden Transfer-Encoding', ['Transfer-Encoding : chunked', 'Content-Length: 5'], '0\r\n\r\n'],
    ['two lengths', ['Content-Length: 6', 'Content-Length: 7'], 'name=x'],
    ['a length with a sign', ['Content-Length: +6'], 'name=x'],
    ['a length that is none', ['Content-Length: 6x'], 'name=x'],
    ['a folded header', ['Content-Length: 6', 'X-Long: a\r\n b'], 'name=x'],
    ['a chunk with a bare LF', ['Transfer-Encoding: chunked'], '6\nname=x\n0\n\n'],
    ['a chunk of no size', ['Transfer-Encoding: chunked'], 'x\r\nname=x\r\n0\r\n\r\n'],
  ])('%s: nothing after it is taken as a request', async (_name, lines, body) => {
    const smuggled = 'GET /fhir/Patient/pa HTTP/1.1\r\nHost: localhost\r\n\r\n'
    const { answers } = await anna.sendRaw({
      head: ['POST /fhir/Patient/_search HTTP/1.1', await bearer(), FORM, ...lines, 'Connection: keep-alive'],
      body: `${body}${smuggled}`,
    })
    expect(answers.at(-1)?.response.status).toBe(400)
    expect(answers.length).toBeLessThanOrEqual(2)
    for (const { response } of answers) expect([400, 415]).toContain(response.status)
  })
})

describe('C13 no input of a caller starts a line of its own in the output', () => {
  const lines = () =>
    anna.server
      .output()
      .split('\n')
      .filter((line) => line !== '')

  const expectPlain = () => {
    for (const line of lines()) {
      expect(() => JSON.parse(line), line).not.toThrow()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
      expect(line).not.toMatch(/FAKE|evil/)
    }
  }

  test.each([
    ['a line break in a name of a request', 'X-Request-Id: a\r\nFAKE: {"level":30,"msg":"FAKE"}', 'a'],

    ['a bare line feed', 'X-Request-Id: a\n{"level":30,"msg":"FAKE"}', undefined],
    ['a bare carriage return', 'X-Request-Id: a\r{"level":30,"msg":"FAKE"}', undefined],
    ['an escaped one', 'X-Request-Id: a%0d%0aFAKE', 'new'],
    ['a long name', `X-Request-Id: ${'FAKE'.repeat(20)}`, 'new'],
    ['JSON', 'X-Request-Id: ","msg":"FAKE', 'new'],
    ['a terminal sequence', 'User-Agent: \x1b[2J\x1b]0;FAKE\x07', undefined],
    ['a terminal sequence in eight bits', 'User-Agent: \x9b2JFAKE', 'new'],
    ['JSON as a browser', 'User-Agent: "}\\n{"msg":"FAKE', 'new'],
  ])('%s', async (_name, header, expected) => {
    const { status, answers } = await anna.sendRaw({
      head: ['GET /fhir/Patient/pa HTTP/1.1', await bearer(), header],
    })
    expect(status).toBe(expected === undefined ? 400 : 200)
    const id = answers[0]?.response.headers.get('x-request-id')
    if (expected === 'a') expect(id).toBe('a')
    else expect(id).toMatch(/^[0-9a-f-]{36}$/)
    await expect.poll(lines).toContainEqual(expect.stringContaining(`"request":"${id}"`))
    expectPlain()
  })

  test.each([
    ['a search', '/fhir/Patient?name=x%0A%7B%22msg%22%3A%22FAKE%22%7D'],
    ['a path', '/fhir/Patient/x%0A%7B%22msg%22%3A%22FAKE%22%7D'],
    ['an authorization request', '/oauth/authorize?client_id=%0AFAKE&state=%0AFAKE&ui_locales=%1B%5B2J'],
    ['an address that leads nowhere', '/fhir/FAKE%0AFAKE?FAKE'],
  ])('a line break in %s', async (_name, path) => {
    const answer = await anna.send(path, { as: 'TA' })
    await expect
      .poll(lines)
      .toContainEqual(expect.stringContaining(answer.headers.get('x-request-id') ?? 'none'))
    expectPlain()
    const entries = await anna.server.store.db.selectFrom('audit_event').select('json').execute()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    for (const { json } of entries) expect(json).not.toMatch(/[\u0000-\u001f]/)
  })

  test('an unknown method', async () => {
    for (const method of ['PROPFIND', 'TRACE', 'QUERY', 'FAKE']) {
      const { status = 0 } = await anna.sendRaw({
        head: [`${method} /fhir/Patient/pa HTTP/1.1`, await bearer()],
      })
      expect([400, 404, 405]).toContain(status)
    }
    expectPlain()
  })
})

describe('C14 no address is built from the host that a request names', () => {
  const LIES = [
    ['Host: evil.test'],
    ['Host: evil.test:80', 'X-Forwarded-Host: evil.test'],
    [
      'X-Forwarded-Host: evil.test',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Port: 444',
      'X-Forwarded-Prefix: /evil.test',
    ],

    [
      'Forwarded: host=evil.test;proto=https',
      'X-Original-URL: http://evil.test/',
      'X-Rewrite-URL: /evil.test',
    ],
    ['Host: localhost', 'Host: evil.test'],
  ]
  const PATHS = [
    '/fhir/Observation?_count=1',
    '/fhir/Observation/a-obs1',
    '/fhir/Nothing/1',
    '/fhir/metadata',
    '/fhir/.well-known/smart-configuration',
    '/.well-known/openid-configuration',
    '/brands.json',
    '/login',
    '/account',
    '/ehr',
    '/oauth/authorize?client_id=ext',
    '/oauth/jwks',
  ]
  test.each(PATHS)('%s', async (path) => {
    for (const lie of LIES) {
      for (const target of [path, `http://evil.test${path}`]) {
        const { answers } = await anna.sendRaw({ head: [`GET ${target} HTTP/1.1`, await bearer(), ...lie] })
        expect(answers).toHaveLength(1)
        for (const { response, text } of answers)
          expect([...response.headers].join('\n') + text, `${target} with ${lie}`).not.toContain('evil.test')
      }
    }
  })

  test('also in a sign-in from its beginning to its code, and in a registration', async () => {
    const { parameters, ...lying } = { parameters: {}, fetch: lyingFetch() }
    const visit = await decide(
      await logIn(await ask({ ...anna, ...lying, server: anna.server }, { parameters })),
    )

    expect(visit.page.url.href).not.toContain('evil.test')
    expect(visit.page.url.origin + visit.page.url.pathname).toBe(applications.ext.redirect_uri)
    expect(visit.page.url.searchParams.get('iss')).toBe(anna.server.url)
    const { text, json } = await anna.send('/oauth/register', {
      as: 'TADM',
      method: 'POST',
      headers: { 'content-type': 'application/json', ...LYING },
      body: JSON.stringify({ client_name: 'New', redirect_uris: ['https://new.example/callback'] }),
    })
    expect(text).not.toContain('evil.test')
    expect(json.registration_client_uri).toMatch(`${anna.server.url}/`)
  })

  const LYING = { 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'https', forwarded: 'host=evil.test' }
  const lyingFetch = (): typeof fetch => (input, init) => {
    const request = new Request(input, init)
    for (const [name, value] of Object.entries(LYING)) request.headers.set(name, value)
    return anna.fetch(request)
  }
})
