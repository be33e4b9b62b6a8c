import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { attack } from './attack.ts'
import { post } from './authorization-request.ts'
import { applications } from './people.ts'
import { answersIn, openSocket, untilClosed } from './raw-request.ts'

const anna = attack()

const FORM = 'Content-Type: application/x-www-form-urlencoded'
const FHIR = 'Content-Type: application/fhir+json'
const JSON_TYPE = 'Content-Type: application/json'
const ELEVEN_MB = 11_000_000

const bearer = async () => `Authorization: Bearer ${await anna.token('TA')}`
const admin = async () => `Authorization: Bearer ${await anna.token('TADM')}`

/** Every address that accepts a body, or might be expected to. */
const TARGETS: readonly [string, () => Promise<readonly string[]>][] = [
  ['POST /fhir', async () => [FHIR, await bearer()]],
  ['POST /fhir/Patient', async () => [FHIR, await bearer()]],
  ['PUT /fhir/Patient/pa', async () => [FHIR, await bearer()]],
  ['POST /fhir/Patient/_search', async () => [FORM, await bearer()]],
  ['POST /oauth/token', async () => [FORM]],
  ['POST /oauth/introspect', async () => [FORM]],
  ['POST /oauth/register', async () => [JSON_TYPE, await admin()]],
  ['POST /login', async () => [FORM]],
  ['POST /account', async () => [FORM]],
]

describe('C01 a body that is too large is not read', () => {
  test.each(TARGETS)('11 MB: %s', async (line, headers) => {
    const { status = 0 } = await anna.sendRaw({
      head: [`${line} HTTP/1.1`, ...(await headers()), `Content-Length: ${ELEVEN_MB}`],
      body: Buffer.alloc(ELEVEN_MB, '{"a":'),
    })
    // A client that is still sending when the server closes may miss its answer.
    expect([0, 400, 401, 403, 404, 405, 413]).toContain(status)
  })

  test.each(TARGETS)('10 bytes that expand to 11 MB: %s', async (line, headers) => {
    const { answers } = await anna.sendRaw({
      head: [`${line} HTTP/1.1`, ...(await headers()), 'Content-Length: 10', 'Connection: keep-alive'],
      body: Buffer.alloc(ELEVEN_MB, 'a'),
    })
    // The rest of the body is not a request, and ends the connection.
    for (const { response } of answers) expect(response.status).toBeGreaterThanOrEqual(400)
    expect(answers.length).toBeLessThanOrEqual(2)
  })

  test('a body that never ends', { timeout: 40_000 }, async () => {
    // In parallel, because each is cut off only after its timeout.
    const answers = await Promise.all(TARGETS.map(async ([line, headers]) => endless(line, await headers())))
    for (const { response } of answers.flat()) expect(response.status).toBeGreaterThanOrEqual(400)
  })
})

describe('J13 a body is read only where one is wanted, and only in its format', () => {
  const FORMATS = ['text/plain', 'application/json', 'application/x-www-form-urlencoded', 'image/png']
  const NOT_READ: readonly [string, readonly string[], number][] = [
    ['POST /nothing', FORMATS, 404],
    ['DELETE /oauth/nothing', FORMATS, 404],
    ['POST /healthz', FORMATS, 404],
    ['POST /oauth/userinfo', FORMATS, 401],
    ['PUT /fhir/Patient/pa', FORMATS, 401],
    ['POST /login', FORMATS.filter((type) => !FORM.includes(type)), 415],
    ['POST /oauth/authorize', FORMATS.filter((type) => !FORM.includes(type)), 415],
  ]

  test.each(NOT_READ)('%s is answered before its body has come', async (line, types, status) => {
    for (const type of types)
      for (const header of ['Content-Length: 1000000', 'Transfer-Encoding: chunked']) {
        const answer = await anna.sendRaw({ head: [`${line} HTTP/1.1`, `Content-Type: ${type}`, header] })
        expect(answer.status, `${type}, ${header}`).toBe(status)
      }
  })
})

/** Writes a chunked body until the server closes. */
const endless = async (line: string, headers: readonly string[]) => {
  const socket = await openSocket(anna.server.url)
  const response = untilClosed(socket)
  const head = [`${line} HTTP/1.1`, 'Host: localhost', ...headers, 'Transfer-Encoding: chunked']
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  const chunk = Buffer.from(`10000\r\n${'a'.repeat(0x10000)}\r\n`)
  while (!socket.destroyed) {
    if (socket.writableLength < chunk.length) socket.write(chunk)
    await sleep(20)
  }
  return answersIn(await response)
}

/** V8 parses these in milliseconds; a recursive walk of them overflows the stack. */
const DEEP = {
  'opened 100,000 times': '['.repeat(100_000),
  'opened 20,000 times': '{"extension":['.repeat(20_000),
  'nested 20,000 deep': `${'{"extension":['.repeat(20_000)}${']}'.repeat(20_000)}`,
}

describe('C02 a body that is nested deeply is refused', () => {
  test.each(
    Object.keys(DEEP).flatMap((name) =>
      ['POST /fhir', 'POST /fhir/Patient', 'PUT /fhir/Patient/pa'].map((line) => [name, line] as const),
    ),
  )('%s: %s', async (name, line) => {
    const [method = '', path = ''] = line.split(' ')
    const answer = await anna.send(path, {
      as: 'TA',
      method,
      headers: { 'content-type': 'application/fhir+json' },
      body: DEEP[name as keyof typeof DEEP],
    })
    expect(answer.status).toBe(line === 'POST /fhir' ? 400 : 405)
  })

  test('as a Bundle', async () => {
    const nested = `${'{"resource":{"resourceType":"Bundle","entry":['.repeat(5000)}${']}}'.repeat(5000)}`
    const answer = await anna.send('/fhir', {
      as: 'TA',
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: `{"resourceType":"Bundle","type":"batch","entry":[${nested}]}`,
    })
    // V8 parses it; its one entry is refused.
    expect(answer.status).toBe(200)
    expect(
      answer.json.entry.map(({ response }: { response: { status: string } }) => response.status),
    ).toEqual([expect.stringMatching(/^400/)])
  })

  // The engine accepts at most 56 kB of JSON.
  test.each([
    ['opened', '['.repeat(50_000)],
    ['as a name', `{"client_name":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['as redirect_uris', `{"redirect_uris":${'['.repeat(20_000)}${']'.repeat(20_000)}}`],
    ['as keys', `{"jwks":{"keys":${'[{"a":'.repeat(4_000)}1${'}]'.repeat(4_000)}}}`],
  ])('in a registration, %s', async (_name, body) => {
    expect((await register(body)).status).toBe(400)
  })
})

const register = (body: string | Buffer) =>
  anna.send('/oauth/register', {
    as: 'TADM',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: body as string,
  })

const metadata = (more = '') =>
  `{"client_name":"New","redirect_uris":["https://new.example/callback"]${more}}`

describe('C03 a body with names such as __proto__ changes nothing but itself', () => {
  const shape = async () => {
    const { status, json } = await register(metadata())
    expect(status).toBe(201)
    return Object.keys(json).sort()
  }

  test.each([
    ['__proto__', ',"__proto__":{"isAdmin":true,"client_name":"Polluted","application_type":"native"}'],
    ['constructor.prototype', ',"constructor":{"prototype":{"isAdmin":true,"scope":"system/*.*"}}'],
    [
      'both in keys',
      ',"jwks":{"__proto__":{"isAdmin":true},"keys":[{"__proto__":{"kty":"oct","isAdmin":true}}]}',
    ],
  ])('%s in a registration', async (_name, more) => {
    const before = await shape()
    const answer = await register(metadata(more))
    expect([201, 400]).toContain(answer.status)
    expect(answer.text).not.toMatch(/isAdmin|Polluted|system\//)
    expect(await shape()).toEqual(before)
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s in a form', async (name) => {
    const form = { grant_type: name, [name]: 'true', [`${name}[isAdmin]`]: 'true' }
    const answer = await post(anna, '/oauth/token', applications.conf, form)
    expect(answer.status).toBe(400)
    expect(await shape()).not.toContain('isAdmin')
  })

  test.each(['POST /fhir', 'PUT /fhir/Patient/pa'])('in a resource: %s', async (line) => {
    const [method = '', path = ''] = line.split(' ')
    const answer = await anna.send(path, {
      as: 'TA',
      method,
      headers: { 'content-type': 'application/fhir+json' },
      body: '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},"resourceType":"Patient"}',
    })
    expect(answer.status).toBe(line === 'POST /fhir' ? 400 : 405)
    expect((await anna.send('/fhir/Patient/pa', { as: 'TA' })).text).not.toContain('isAdmin')
  })
})

describe('C04 a body that is not JSON is refused', () => {
  const NOT_JSON: readonly [string, Buffer][] = [
    ['truncated', Buffer.from(metadata().slice(0, -9))],
    ['UTF-16', Buffer.from(`\uFEFF${metadata()}`, 'utf16le')],
    ['invalid UTF-8 outside a string', Buffer.concat([Buffer.from([0xc3, 0x28]), Buffer.from(metadata())])],
    ['NUL outside a string', Buffer.from(`${metadata()}\0`)],
    ['nothing', Buffer.from('')],
    ['a number', Buffer.from('1e999')],
    ['a word', Buffer.from('NaN')],
    ['two values', Buffer.from(`${metadata()}${metadata()}`)],
  ]
  test.each(NOT_JSON)('%s in a registration', async (_name, body) => {
    expect((await register(body)).status).toBe(400)
  })

  const BAD_TEXT: readonly [string, Buffer][] = [
    [
      'invalid UTF-8 inside a string',
      Buffer.from('{"resourceType":"Bundle","type":"batch","id":"\xc3("}', 'latin1'),
    ],
  ]
  test.each([...NOT_JSON, ...BAD_TEXT])('%s in a batch', async (_name, body) => {
    const answer = await anna.send('/fhir', {
      as: 'TA',
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: body as unknown as string,
    })
    expect(answer.status).toBe(400)
  })

  test.each([
    ['NUL', '\\u0000'],
    ['a lone surrogate', '\\ud800'],
    ['a text direction', '\\u202e'],
  ])('J05 %s inside the name of an application is refused', async (_name, escaped) => {
    const answer = await register(metadata().replace('New', `Ne${escaped}w`))
    expect([answer.status, answer.json.error]).toEqual([400, 'invalid_client_metadata'])
  })
})
