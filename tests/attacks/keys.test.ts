import { randomUUID } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import { generateKeyPair, type JWK, SignJWT } from 'jose'
import { afterEach, describe, expect, test } from 'vitest'
import { registerSignedClient, type SignedClient } from '../fixtures/signed-client.ts'
import { attack } from './attack.ts'
import { ask } from './authorization-request.ts'

// A demo may send requests to this machine, where these tests serve the keys.
const anna = attack({ demo: true })

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const serve = async (answer: RequestListener) => {
  let requests = 0
  const server = createServer((request, response) => {
    requests++
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  closing.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  const port = typeof address === 'object' && address ? address.port : 0
  // A path of its own, because the port may be that of an earlier test, whose failure the server remembers for a minute.
  return { url: `http://127.0.0.1:${port}/${randomUUID()}`, requests: () => requests }
}

const authenticate = async (assertion: string) =>
  anna.send('/oauth/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'system/Observation.rs',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }),
  })

const expectRefused = async (assertion: string) => {
  const answer = await authenticate(assertion)
  expect([400, 401]).toContain(answer.status)
  expect(answer.json.error).toMatch(/^invalid_(client|client_metadata|request)$/)
  expect(answer.text).not.toContain('access_token')
}

const forgetFailures = () => anna.server.store.write((trx) => trx.deleteFrom('rate_limit').execute())

describe('A32 fetching keys has limits', () => {
  const takes = async (jwks_uri: string) => {
    const client = await registerSignedClient(anna.server, { jwks_uri })
    const startedAt = performance.now()
    await expectRefused(await client.assertion())
    return performance.now() - startedAt
  }

  test('only a little of a 50 MB answer is read', async () => {
    const chunk = Buffer.alloc(65_536, ' ')
    let sentCount = 0
    const keys = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = () => {
        while (sentCount < 50 * 1024 * 1024) {
          sentCount += chunk.length
          if (!response.write(chunk)) return void response.once('drain', more)
        }
        response.end()
      }
      more()
    })
    expect(await takes(keys.url)).toBeLessThan(2_600)
    expect(keys.requests()).toBe(1)
    // The socket buffers between the two have been sent as well.
    expect(sentCount).toBeLessThan(10 * 1024 * 1024)
  })

  test.each<[string, RequestListener]>([
    ['never comes', () => undefined],
    [
      'comes byte by byte',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        const timer = setInterval(() => response.write(' '), 100)
        response.on('close', () => clearInterval(timer))
      },
    ],
  ])('an answer that %s is waited for 2.5 seconds', async (_name, answer) => {
    const keys = await serve(answer)
    const ms = await takes(keys.url)
    expect(ms).toBeGreaterThan(2_000)
    expect(ms).toBeLessThan(3_500)
  })

  test.each([301, 302, 303, 307, 308])('a redirect with %i is not followed', async (status) => {
    const target = await serve((_request, response) => response.end('{"keys":[]}'))
    const keys = await serve((_request, response) =>
      response.writeHead(status, { location: target.url }).end(),
    )
    await takes(keys.url)
    expect(keys.requests()).toBe(1)
    expect(target.requests()).toBe(0)
  })

  test.each([
    '',
    'null',
    '[]',
    '{"keys":1}',
    '<html>',
    '{"keys":[{"kty":"oct","k":"AAAA"}]}',
    '{"keys":[null]}',
  ])('a document without keys is refused: %s', async (body) => {
    const keys = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(body),
    )
    await takes(keys.url)
  })
})

describe('A33 a signature that proves nothing is refused', () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = ({ clientId }: SignedClient) => ({
    iss: clientId,
    sub: clientId,
    aud: `${anna.server.url}/oauth/token`,
    jti: crypto.randomUUID(),
    exp: Math.floor(Date.now() / 1000) + 60,
  })

  test.each(['none', 'None', 'NONE', ''])('alg=%s', async (alg) => {
    const client = await registerSignedClient(anna.server)
    const { kid } = client.publicKey
    await expectRefused(`${part({ alg, kid })}.${part(claims(client))}.`)
    const [, , signature] = (await client.assertion()).split('.')
    await expectRefused(`${part({ alg, kid })}.${part(claims(client))}.${signature}`)
  })

  test.each(['HS256', 'HS384', 'HS512'])('%s with the public key as the secret', async (alg) => {
    const client = await registerSignedClient(anna.server, { algorithm: 'RS384' })
    const secrets = [JSON.stringify(client.publicKey), client.publicKey.n ?? '', client.clientId]
    for (const secret of secrets) {
      const key = new Uint8Array(Math.max(64, secret.length))
      key.set(new TextEncoder().encode(secret))
      await expectRefused(
        await new SignJWT(claims(client))
          .setProtectedHeader({ alg, kid: client.publicKey.kid ?? '' })
          .sign(key),
      )
    }
  })

  test('with a key that the assertion itself contains', async () => {
    const client = await registerSignedClient(anna.server)
    const { privateKey, publicKey } = await generateKeyPair('ES384', { extractable: true })
    const jwk = await crypto.subtle.exportKey('jwk', publicKey)
    for (const header of [{ jwk }, { jku: 'https://evil.test/keys' }, { x5c: ['AAAA'] }]) {
      await expectRefused(
        await new SignJWT(claims(client))
          .setProtectedHeader({ alg: 'ES384', kid: client.publicKey.kid ?? '', ...(header as object) })
          .sign(privateKey),
      )
    }
  })

  test.each(['../../x', '/etc/passwd', "' or 1=1 --", '', '__proto__', 'x'.repeat(5_000)])(
    'kid=%s',
    async (kid) => {
      const client = await registerSignedClient(anna.server)
      await expectRefused(await client.assertion({}, { kid }))
      expect((await authenticate(await client.assertion())).status, 'the right one works').toBe(200)
    },
  )

  test('an id_token_hint without a signature', async () => {
    const hint = `${part({ alg: 'none' })}.${part({ iss: anna.server.url, sub: 'anna', aud: 'ext' })}.`
    const { page } = await ask(anna, { parameters: { id_token_hint: hint, prompt: 'none' } })
    expect(page.url.searchParams.get('error')).toMatch(/^(invalid_request|login_required)$/)
    expect(page.url.searchParams.has('code')).toBe(false)
  })

  test('1,000 unknown kids lead to one request for the keys', { timeout: 60_000 }, async () => {
    const clientKeys: object[] = []
    const keys = await serve((_request, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
        .end(JSON.stringify({ keys: clientKeys })),
    )
    const client = await registerSignedClient(anna.server, { jwks_uri: keys.url })
    clientKeys.push(client.publicKey)
    expect((await authenticate(await client.assertion())).status).toBe(200)
    for (let n = 0; n < 1_000; n += 10) {
      const unknown = Array.from({ length: 10 }, async (_, k) =>
        expectRefused(await client.assertion({}, { kid: `unknown-${n + k}` })),
      )
      await Promise.all(unknown)
      // Wrong guesses are limited as well; this test is about the keys.
      await forgetFailures()
    }
    expect(keys.requests()).toBe(1)
  })
})

describe('J02 a fetched key set is within the budget of a registered one', () => {
  const costly = (kid: string) => {
    const random = () => Buffer.from(Array.from({ length: 384 }, () => 0x7f)).toString('base64url')
    return { kty: 'RSA', kid, n: random(), e: random() }
  }
  test.each<[string, (own: JWK) => unknown]>([
    [
      'eleven keys',
      (own) => ({ keys: [...Array.from({ length: 10 }, (_, n) => ({ ...own, kid: `${n}` })), own] }),
    ],
    ['a key that is costly to verify with', (own) => ({ keys: [costly('other'), own] })],
    [
      'many of the same kid',
      (own) => ({ keys: [...Array.from({ length: 60 }, () => costly(own.kid ?? '')), own] }),
    ],
    ['no list', (own) => ({ keys: { 0: own, length: 1 } })],
  ])('%s', async (_, keySetOf) => {
    const own: JWK[] = []
    const keys = await serve((_request, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(own.map(keySetOf)[0])),
    )
    const client = await registerSignedClient(anna.server, { jwks_uri: keys.url })
    own.push(client.publicKey)
    await expectRefused(await client.assertion())
    await expectRefused(await client.assertion())
    // It counts as a failure, so it is not fetched again.
    expect(keys.requests()).toBe(1)
  })

  test('ten keys are not too many', async () => {
    const own: JWK[] = []
    const keys = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: own })),
    )
    const client = await registerSignedClient(anna.server, { jwks_uri: keys.url })
    for (let n = 0; n < 9; n++) own.push({ ...client.publicKey, kid: `${n}` })
    own.push(client.publicKey)
    expect((await authenticate(await client.assertion())).status).toBe(200)
  })
})
