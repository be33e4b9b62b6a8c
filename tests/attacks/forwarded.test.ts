import type { Socket } from 'node:net'
import { beforeEach, describe, expect, test } from 'vitest'
import { MOST_CONNECTIONS } from '../../server/http/http-server.ts'
import { LIMITS } from '../../server/sign-in/secrets/rate-limit.ts'
import { attack } from './attack.ts'
import { openSocket, sendRaw } from './raw-request.ts'

const PUBLIC_URL = 'https://records.test'
const HERE = ['127.0.0.1', '::1']
const BALANCER = '198.51.100.0/24'

/** A server that trusts these proxies, and the network that a request with this `X-Forwarded-For` counts for. */
const behind = (trustProxy: readonly string[]) => {
  const anna = attack({ publicUrl: PUBLIC_URL, trustProxy })
  beforeEach(async () => {
    await anna.server.store.write(async (trx) => {
      await trx.deleteFrom('refused_request').execute()
      await trx.deleteFrom('rate_limit').execute()
    })
  })
  const ask = (path: string, forwarded: string, init?: RequestInit) =>
    fetch(`${anna.server.url}${path}`, {
      ...init,
      headers: { 'x-forwarded-for': forwarded, ...init?.headers },
    })
  return {
    anna,
    ask,
    /** Asks everything that counts its callers: FHIR, the engine, a page, and an address without a route. */
    networksOf: async (forwarded: string): Promise<string[]> => {
      for (const [path, init] of [
        ['/fhir/Patient/pa', {}],
        ['/oauth/token', { method: 'POST', body: new URLSearchParams({ client_id: 'nobody' }) }],
        ['/oauth/authorize?client_id=nobody', {}],
        ['/account', { method: 'POST', body: new URLSearchParams({}) }],
        ['/nowhere', {}],
      ] as const)
        await (await ask(path, forwarded, init)).text()
      const rows = await anna.server.store.db
        .selectFrom('refused_request')
        .select('network')
        .distinct()
        .execute()
      return rows.map(({ network }) => network)
    },
  }
}

const wrongSecret = (n: number): RequestInit => ({
  method: 'POST',
  headers: { authorization: `Basic ${Buffer.from(`conf:guess-${n}`).toString('base64')}` },
  body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' }),
})

describe('J22 without a trusted proxy the connection’s own address counts', () => {
  const { anna, ask, networksOf } = behind([])

  test.each(['203.0.113.7', '203.0.113.7, 198.51.100.9', '127.0.0.1, 203.0.113.7', 'unknown'])(
    'whatever the header says: %s',
    async (forwarded) => {
      expect(await networksOf(forwarded)).toEqual(['127.0.0.0/24'])
    },
  )

  test('and a limit holds for everybody who comes from there', async () => {
    const statuses: number[] = []
    for (let n = 0; n < LIMITS.client.failures + 2; n++)
      statuses.push((await ask('/oauth/token', `203.0.${n}.7`, wrongSecret(n))).status)
    expect(statuses.slice(-2)).toEqual([429, 429])
  })

  test('which the server says when it starts', () => {
    expect(anna.server.output()).toContain('share the limits of one network')
  })
})

describe('J22 with one trusted proxy the address that it added counts', () => {
  const { anna, ask, networksOf } = behind(HERE)

  test.each([
    ['203.0.113.7', '203.0.113.0/24'],
    ['a forged one in front', '192.0.2.1, 203.0.113.7', '203.0.113.0/24'],
    ['the proxy’s own in front', '127.0.0.1, 203.0.113.7', '203.0.113.0/24'],
    ['an address with a port', '192.0.2.1, 203.0.113.7:51234', '203.0.113.0/24'],
    ['IPv4 inside IPv6', '192.0.2.1, ::ffff:203.0.113.7', '203.0.113.0/24'],
    ['IPv6 with a port', '192.0.2.1, [2001:db8:1:2::5]:443', '2001:db8:1:2::/64'],
    ['a balancer that is not trusted', '203.0.113.7, 198.51.100.9', '198.51.100.0/24'],
    ['no address', '192.0.2.1, unknown', ''],
  ])('%s', async (...row) => {
    const [forwarded = '', network = ''] = row.slice(-2)
    expect(await networksOf(forwarded)).toEqual([network])
  })

  test('and a limit holds for that person’s address, whatever they send', async () => {
    const statuses: number[] = []
    for (let n = 0; n < LIMITS.client.failures + 2; n++)
      statuses.push(
        (await ask('/oauth/token', `192.0.${n}.7, 203.0.113.7:${50_000 + n}`, wrongSecret(n))).status,
      )
    expect(statuses.slice(-2)).toEqual([429, 429])
    expect((await ask('/oauth/token', '192.0.2.1', wrongSecret(0))).status).toBe(401)
  })

  test('C11 requests that it does not finish leave three quarters of the connections to others', async () => {
    const head = ['POST /login HTTP/1.1', 'Host: localhost', 'Content-Length: 1000']
    const begin = async (_: unknown, at: number) => {
      const socket = await openSocket(anna.server.url)
      const from = `X-Forwarded-For: 203.0.113.${at}`
      socket.write([...head, 'Content-Type: application/x-www-form-urlencoded', from, '', 'a'].join('\r\n'))
      return socket.resume()
    }
    // In groups, because the system limits the connections that wait to be accepted.
    const begun: Socket[] = []
    while (begun.length <= MOST_CONNECTIONS / 4)
      begun.push(...(await Promise.all(Array.from({ length: 100 }, begin))))
    // Each on a connection of its own.
    const askAnew = (from: string) =>
      sendRaw(anna.server.url, { head: ['GET /oauth/jwks HTTP/1.1', `X-Forwarded-For: ${from}`] })
    expect((await askAnew('198.51.100.1')).status).toBe(200)
    const [refused] = (await askAnew('203.0.113.7')).answers
    expect([refused?.response.status, refused?.response.headers.get('retry-after')]).toEqual([503, '1'])
    for (const socket of begun) socket.destroy()
    await expect.poll(async () => (await askAnew('203.0.113.7')).status).toBe(200)
  })

  test('and it stands in the log', async () => {
    const page = await ask('/login', '203.0.113.7')
    const form_token = /name="form_token" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
    const cookie = page.headers.getSetCookie().map((line) => line.split(';')[0])
    const body = new URLSearchParams({ form_token, username: 'anna', password: 'wrong' })
    const headers = { cookie: cookie.join('; '), origin: PUBLIC_URL }
    const answer = await ask('/login', '192.0.2.1, 203.0.113.7', { method: 'POST', headers, body })
    const { json } = await anna.server.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('request_id', '=', answer.headers.get('x-request-id') ?? '')
      .executeTakeFirstOrThrow()
    expect(json).toContain('"203.0.113.7"')
    expect(json).not.toContain('192.0.2.1')
    expect(anna.server.output()).not.toContain('share the limits of one network')
  })
})

describe('J22 with two trusted proxies the nearest address that is in neither counts', () => {
  const { networksOf } = behind([...HERE, BALANCER])

  test.each([
    ['past both', '203.0.113.7, 198.51.100.9', '203.0.113.0/24'],
    ['a forged one in front', '192.0.2.1, 203.0.113.7, 198.51.100.9', '203.0.113.0/24'],
    [
      'forged ones that look like proxies',
      '127.0.0.1, 198.51.100.9, 203.0.113.7, 198.51.100.8',
      '203.0.113.0/24',
    ],
    ['a balancer that adds its port', '203.0.113.7:1, 198.51.100.9:443', '203.0.113.0/24'],
    ['a balancer as IPv4 inside IPv6', '203.0.113.7, ::ffff:198.51.100.9', '203.0.113.0/24'],
    ['past the balancer', '192.0.2.1, 203.0.113.7', '203.0.113.0/24'],
    ['the balancer itself', '198.51.100.9', '198.51.100.0/24'],
    ['what is no address', '203.0.113.7, unknown, 198.51.100.9', ''],
  ])('%s', async (_name, forwarded, network) => {
    expect(await networksOf(forwarded)).toEqual([network])
  })
})
