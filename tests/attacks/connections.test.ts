import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { observation } from '../fixtures/canary.ts'
import { putResource } from '../fixtures/put-resource.ts'
import { refusedRequests } from '../fixtures/refused-requests.ts'
import { attack } from './attack.ts'
import { answersIn, openSocket, untilClosed } from './raw-request.ts'

const anna = attack()

/** In groups, because the system limits the connections that wait to be accepted. */
const open = async (count: number): Promise<Socket[]> => {
  const sockets: Socket[] = []
  while (sockets.length < count)
    sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => openSocket(anna.server.url)))))
  return sockets
}

/** Writes a byte every so often, for as long as the server listens. */
const drip = async (socket: Socket, bytes: string, milliseconds: number): Promise<void> => {
  for (let at = 0; !socket.destroyed; at = (at + 1) % bytes.length) {
    socket.write(bytes.charAt(at))
    await sleep(milliseconds)
  }
}

const head = (line: string, ...lines: string[]) =>
  `${[`${line} HTTP/1.1`, 'Host: localhost', ...lines].join('\r\n')}\r\n\r\n`

/** The requests that were refused, with an entry or a count. */
const countRefused = async (): Promise<number> => {
  const { store } = anna.server
  const { entries } = await store.db
    .selectFrom('audit_event')
    .select((eb) => eb.fn.countAll<number>().as('entries'))
    .where('outcome', '!=', '0')
    .executeTakeFirstOrThrow()
  return Number(entries) + (await refusedRequests(store)).total
}

const LARGE = 12_000_000
const FORM = 'Content-Type: application/x-www-form-urlencoded'

describe('C10 slow clients are cut off, and others are answered meanwhile', () => {
  // The limits are those of the product, and so are the waiting times.
  test('slow headers, bodies and reads of answers, on 701 connections', { timeout: 60_000 }, async () => {
    const bearer = `Authorization: Bearer ${await anna.token('TA')}`
    // More than the socket buffers between the two processes can hold.
    const large = observation('a-large', 'pa', { note: [{ text: 'x'.repeat(LARGE) }] })
    await anna.server.store.write((trx) => putResource(trx, large, Date.now()))
    const refusedBefore = await countRefused()
    const slowHeaders = await open(500)
    const silent = await open(100)
    const slowBodies = await open(100)
    const unread = [await openSocket(anna.server.url)]
    const all = [...slowHeaders, ...silent, ...slowBodies, ...unread]
    const startedAt = performance.now()
    const ends = all.map((socket) => untilClosed(socket).then((bytes) => ({ bytes, socket })))

    for (const socket of slowHeaders) void drip(socket, 'GET /fhir/Patient HTTP/1.1\r\nX-A: b\r\n', 5000)
    const bodies = [
      head('POST /fhir/Patient/_search', FORM, bearer, 'Content-Length: 1000'),
      head('POST /fhir', 'Content-Type: application/fhir+json', bearer, 'Content-Length: 1000'),
      head('POST /oauth/token', FORM, 'Content-Length: 1000'),
      head('POST /login', FORM, 'Transfer-Encoding: chunked'),
    ]
    for (const [index, socket] of slowBodies.entries()) {
      socket.write(bodies[index % bodies.length] ?? '')
      void drip(socket, index % bodies.length === 3 ? '1\r\na\r\n' : 'a', 1000)
    }
    for (const socket of unread) {
      socket.pause()
      socket.write(head('GET /fhir/Observation/a-large', bearer))
    }

    const waits: number[] = []
    while (performance.now() - startedAt < 24_000) {
      const sentAt = performance.now()
      // Anna herself may have to wait until there is room for one more of her answers.
      expect((await anna.send('/fhir/Patient/pa', { as: 'TC' })).status).toBe(200)
      waits.push(performance.now() - sentAt)
      await sleep(500)
    }
    expect(waits.toSorted((a, b) => a - b)[Math.floor(waits.length / 2)], 'median wait').toBeLessThan(500)

    // Slow senders were cut off within 15 s, slow readers within 20 s; otherwise the test would hang here.
    for (const socket of unread) socket.resume()
    for (const { bytes, socket } of await Promise.all(ends)) {
      if (unread.includes(socket)) expect(bytes.length).toBeLessThan(LARGE)
      else
        expect([[], [401], [405], [503]]).toContainEqual(
          answersIn(bytes).map(({ response }) => response.status),
        )
    }
    // A request whose body never came is not answered, and leaves an entry or a count.
    await expect.poll(countRefused).toBeGreaterThanOrEqual(refusedBefore + slowBodies.length)
    const lines = anna.server
      .output()
      .split('\n')
      .filter((line) => line !== '')
    for (const line of lines) expect(() => JSON.parse(line), line).not.toThrow()
  })
})

describe('C11 connections are bounded', () => {
  test('5,000 idle connections', { timeout: 60_000 }, async () => {
    const sockets = await open(5000)
    let refusals = 0
    const ends = sockets.map((socket) =>
      untilClosed(socket).then((bytes) => {
        if (bytes.length === 0) refusals++
      }),
    )
    for (const socket of sockets) socket.write(head('GET /healthz'))
    await Promise.all(ends)
    // All others were closed after their idle timeout.
    expect(refusals).toBeGreaterThanOrEqual(5000 - 2048)
    expect(refusals).toBeLessThan(5000 - 1500)
    expect((await anna.send('/fhir/Patient/pa', { as: 'TA' })).status).toBe(200)
  })

  /** Pipelined requests, which do not wait for the previous answer. */
  const inOneGo = async (count: number) => {
    const bearer = `Authorization: Bearer ${await anna.token('TA')}`
    const socket = await openSocket(anna.server.url)
    const end = untilClosed(socket)
    const last = head('GET /fhir/Patient/pa', bearer, 'Connection: close')
    // One write, because the first could be answered before a second one arrives.
    socket.write(head('GET /fhir/Patient/pa', bearer).repeat(count - 1) + last)
    return answersIn(await end).map(({ response }) => response)
  }

  test('four pipelined requests are answered in order, and logged', async () => {
    const answers = await inOneGo(4)
    expect(answers.map(({ status }) => status)).toEqual(Array(4).fill(200))
    const { logged } = await anna.server.store.db
      .selectFrom('audit_event')
      .select((eb) => eb.fn.countAll<number>().as('logged'))
      .where(
        'request_id',
        'in',
        answers.map(({ headers }) => headers.get('x-request-id') ?? ''),
      )
      .executeTakeFirstOrThrow()
    expect(Number(logged)).toBe(4)
  })

  test.each([5, 1000])('%d pipelined requests end the connection', async (count) => {
    expect((await inOneGo(count)).length).toBeLessThanOrEqual(4)
    expect((await anna.send('/fhir/Patient/pa', { as: 'TA' })).status).toBe(200)
  })

  test('200 consecutive requests are answered', async () => {
    const bearer = `Authorization: Bearer ${await anna.token('TA')}`
    const socket = await openSocket(anna.server.url)
    const end = untilClosed(socket)
    for (let count = 1; count <= 200; count++) {
      socket.write(head('GET /fhir/Patient/pa', bearer, ...(count === 200 ? ['Connection: close'] : [])))
      await once(socket, 'data')
    }
    const answers = answersIn(await end)
    expect(answers).toHaveLength(200)
    for (const { response } of answers) expect(response.status).toBe(200)
  })
})
