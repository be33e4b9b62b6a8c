import { createServer, type RequestListener, type Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Whoever sends or reads too slowly is cut off, so that the others are answered meanwhile (C10, C11). Milliseconds.
 * docs/architecture.md states these limits.
 */
const LIMITS = {
  /** For the headers, from the first byte or, where none comes, from the connection. */
  headersTimeout: 10_000,
  /** For the whole request, headers and body. */
  requestTimeout: 13_000,
  /** Between two requests. */
  keepAliveTimeout: 10_000,
  /** How often the first two are looked at. */
  connectionsCheckingInterval: 1_000,
}
/** What Node would answer by itself, without our headers and uncounted, `http/malformed-request.ts` answers. */
const OURS = { requireHostHeader: false }
/** Without a byte in either direction. Node gives an answer that nobody reads twice that. */
const SILENCE = 10_000
/** At one time, on one address; more are closed at once. */
const MOST_CONNECTIONS = 2048

/**
 * On one connection before the first is answered; more end it. Node begins with all of them at once, so that a few kB
 * would take megabytes and the others' time. Browsers and proxies send the next after the answer.
 */
const MOST_PIPELINED = 20

/** Code of the `clientError` by which a request for a tunnel, which is no request with a route, is answered. */
export const CONNECT = 'ERR_CONNECT'

/** Node's own server, bounded. */
export const createHttpServer = (handler: RequestListener): Server => {
  const answer = boundPipelining(handler)
  const server = createServer({ ...LIMITS, ...OURS }, answer)
  server.on('checkExpectation', answer)
  server.on('connect', (_request, socket) =>
    server.emit('clientError', Object.assign(new Error('This is no proxy.'), { code: CONNECT }), socket),
  )
  server.setTimeout(SILENCE)
  server.maxConnections = MOST_CONNECTIONS
  return server
}

const boundPipelining = (handler: RequestListener): RequestListener => {
  const unanswered = new WeakMap<Socket, number>()
  return (request, response) => {
    const { socket } = request
    const count = (unanswered.get(socket) ?? 0) + 1
    if (socket.destroyed || count > MOST_PIPELINED) return void socket.destroy()
    unanswered.set(socket, count)
    response.on('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1))
    handler(request, response)
  }
}
