import { createServer, type RequestListener, type Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Cuts off clients that send or read too slowly, so that the others are answered (C10, C11). Milliseconds. docs/architecture.md
 * states these limits.
 */
const LIMITS = {
  /** For the headers, from the first byte, or from the connection if no byte comes. */
  headersTimeout: 10_000,
  /** For the whole request, headers and body. */
  requestTimeout: 13_000,
  /** Between two requests. */
  keepAliveTimeout: 10_000,
  /** How often the first two limits are checked. */
  connectionsCheckingInterval: 1_000,
}
/** Node's own refusal of a missing Host lacks our headers and is not counted; `http/malformed-request.ts` refuses instead. */
const WITHOUT_HOST_CHECK = { requireHostHeader: false }
/** Longest time without a byte in either direction. Node allows twice that for an answer that is not read. */
const SILENCE_TIMEOUT = 10_000
/** Most simultaneous connections on one address; further ones are closed immediately. */
const MOST_CONNECTIONS = 2048

/**
 * Most unanswered requests on one connection; one more closes it. Node starts all of them at once, so a few kB of requests would
 * cost megabytes of memory and delay other clients. Browsers and proxies wait for an answer before the next request.
 */
const MOST_PIPELINED = 20

/** Code of the `clientError` for CONNECT, a request for a tunnel, which has no route. */
export const CONNECT = 'ERR_CONNECT'

/** Creates Node's HTTP server with these limits. */
export const createHttpServer = (handler: RequestListener): Server => {
  const answer = limitPipelining(handler)
  const server = createServer({ ...LIMITS, ...WITHOUT_HOST_CHECK }, answer)
  server.on('checkExpectation', answer)
  server.on('connect', (_request, socket) =>
    server.emit('clientError', Object.assign(new Error('This is not a proxy.'), { code: CONNECT }), socket),
  )
  server.setTimeout(SILENCE_TIMEOUT)
  server.maxConnections = MOST_CONNECTIONS
  return server
}

const limitPipelining = (handler: RequestListener): RequestListener => {
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
