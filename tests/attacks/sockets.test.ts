import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { observation } from '../fixtures/canary.ts'
import { putResource } from '../fixtures/put-resource.ts'
import { refusedRequests } from '../fixtures/refused-requests.ts'
import { attack } from './attack.ts'
import { answersIn, openSocket, untilClosed } from './raw-request.ts'

const anna = attack()

const head = (line: string, ...lines: string[]) =>
  `${[`${line} HTTP/1.1`, 'Host: localhost', ...lines].join('\r\n')}\r\n\r\n`

const CONNECT = head('CONNECT evil.test:443')
const UPGRADE = head('GET /fhir/metadata', 'Connection: Upgrade', 'Upgrade: websocket')
const HTTP2 = head(
  'GET /healthz',
  'Connection: Upgrade, HTTP2-Settings',
  'Upgrade: h2c',
  'HTTP2-Settings: AAMAAABk',
)
/** A page of these is more than the socket buffers between the two processes can hold; the server reads it while it sends it. */
const LARGE = 1_000_000
const MANY = 40
const GET = head('GET /fhir/metadata')

/** Requests whose answer is the last on its socket, and requests around them. */
const TAKEOVERS = {
  CONNECT,
  'CONNECT with a request after it': CONNECT + GET,
  'CONNECT twice': CONNECT + CONNECT,
  'CONNECT after a request': GET + CONNECT,
  Upgrade: UPGRADE,
  'Upgrade with a request after it': UPGRADE + GET,
  'Upgrade to HTTP/2': `${HTTP2}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
  'a request in HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a request that cannot be parsed': 'NO REQUEST AT ALL\r\n\r\n',
  'one after a request': `${GET}NO REQUEST AT ALL\r\n\r\n`,
  'a body that cannot be parsed': `${head('POST /oauth/token', 'Transfer-Encoding: chunked')}x\r\n`,
  'headers that are too long': head('GET /', `X-Long: ${'x'.repeat(20_000)}`),
  'an expectation': head('GET /', 'Expect: x'),
  'a body that is not read': head('POST /nothing', 'Content-Length: 1000000000000'),
}

/** Ways to end a connection at some moment of the answer. */
const MOMENTS: Record<string, (socket: Socket) => Promise<unknown>> = {
  before: async (socket) => socket.resetAndDestroy(),
  'a moment later': async (socket) => {
    await sleep(1)
    socket.resetAndDestroy()
  },
  'at the first byte': async (socket) => {
    await Promise.race([once(socket, 'data'), once(socket, 'close')])
    socket.resetAndDestroy()
  },
  'after the answer': async (socket) => {
    await Promise.race([once(socket, 'end'), once(socket, 'close'), sleep(100)])
    socket.resetAndDestroy()
  },
  'half closed': async (socket) => {
    socket.end()
    await sleep(5)
    socket.resetAndDestroy()
  },
}

describe('J01 a reset connection never ends the process', () => {
  test.each(
    Object.entries(TAKEOVERS).flatMap(([name, bytes]) =>
      Object.keys(MOMENTS).map((moment) => [name, moment, bytes] as const),
    ),
  )('%s, reset %s', async (_name, moment, bytes) => {
    for (let time = 0; time < 5; time++) {
      const socket = await openSocket(anna.server.url)
      await new Promise((resolve) => socket.write(bytes, resolve))
      await MOMENTS[moment]?.(socket)
    }
    await anna.server.health()
    expect((await anna.send('/fhir/Patient/pa', { as: 'TA' })).status).toBe(200)
  })
})

describe('J01 a socket that had its last answer is bounded', () => {
  test.each(['CONNECT', 'a request that cannot be parsed', 'a body that is not read'] as const)(
    'in time: %s, and a byte now and then',
    async (name) => {
      const socket = await openSocket(anna.server.url, { allowHalfOpen: true })
      const end = untilClosed(socket)
      socket.write(TAKEOVERS[name])
      const drip = setInterval(() => socket.write('a'), 100)
      expect(answersIn(await end)).toHaveLength(1)
      clearInterval(drip)
    },
  )

  test.each(['CONNECT', 'a request that cannot be parsed', 'a body that is not read'] as const)(
    'in bytes: %s, and a body that never ends',
    async (name) => {
      const socket = await openSocket(anna.server.url, { allowHalfOpen: true })
      const end = untilClosed(socket)
      socket.write(TAKEOVERS[name])
      const chunk = Buffer.alloc(65_536, 'a')
      let sent = 0
      while (!socket.destroyed) {
        if (socket.writableLength < chunk.length && socket.write(chunk)) sent += chunk.length
        await nextTurn()
      }
      await end
      // Twelve million are read; the rest waited in the buffers of the system.
      expect(sent).toBeLessThan(40_000_000)
    },
  )
})

test('J01 a refusal is not written into an answer that is being sent', async () => {
  const text = 'x'.repeat(LARGE)
  const more = { code: { coding: [{ system: 'http://loinc.org', code: 'large' }] }, note: [{ text }] }
  await anna.server.store.write(async (trx) => {
    for (let index = 0; index < MANY; index++)
      await putResource(trx, observation(`a-large-${index}`, 'pa', more), Date.now())
  })
  const page = `GET /fhir/Observation?code=large&_count=${MANY}`
  const search = head(page, `Authorization: Bearer ${await anna.token('TA')}`)
  for (const next of [CONNECT, 'NO REQUEST AT ALL\r\n\r\n']) {
    const socket = await openSocket(anna.server.url)
    const refusals = async () => (await refusedRequests(anna.server.store)).total
    const before = await refusals()
    socket.write(search)
    await once(socket, 'readable')
    socket.write(next)
    // Reads on only once it was refused, so that the answer could not be sent before.
    await expect.poll(refusals, { timeout: 10_000 }).toBe(before + 1)
    const bytes = (await untilClosed(socket)).toString('latin1')
    expect(bytes).toMatch(/^HTTP\/1\.1 200 /)
    expect(bytes.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(bytes.length).toBeLessThan(LARGE * MANY)
  }
})

test('J01 a refusal overtakes no answer', async () => {
  const read = head('GET /fhir/Patient/pa', `Authorization: Bearer ${await anna.token('TA')}`)
  for (const next of [CONNECT, 'NO REQUEST AT ALL\r\n\r\n']) {
    const socket = await openSocket(anna.server.url)
    socket.write(read + next)
    // The client would take a refusal for the answer to what it asked first.
    const [first] = answersIn(await untilClosed(socket))
    expect(first?.response.status ?? 200).toBe(200)
  }
})

describe('J01 Upgrade is answered as a plain request, and ends the connection', () => {
  test.each([
    ['to a WebSocket', UPGRADE + GET, 200],
    ['to HTTP/2', `${HTTP2}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`, 200],
    [
      'with a body',
      `${head('POST /oauth/token', 'Connection: Upgrade', 'Upgrade: x', 'Content-Length: 3')}abc${GET}`,
      400,
    ],
    ['without Connection', head('GET /healthz', 'Upgrade: websocket'), 200],
  ])('%s', async (_name, bytes, status) => {
    const socket = await openSocket(anna.server.url)
    socket.write(bytes)
    const answers = answersIn(await untilClosed(socket))
    expect(answers.map(({ response }) => response.status)).toEqual([status])
    expect(answers[0]?.response.headers.get('connection')).toBe('close')
  })
})
