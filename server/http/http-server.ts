import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { isTaken, LONGEST_SILENCE, ownSocket } from './own-socket.ts'

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
/** Most simultaneous connections on one address; further ones are closed immediately. */
export const MOST_CONNECTIONS = 2048

/**
 * Most unanswered requests on one connection; one more closes it. Node starts all of them at once, so a few kB of requests would
 * cost megabytes of memory and delay other clients: on all connections together, 20 each took 1.2 s of everybody's time. Browsers and
 * proxies wait for an answer before the next request.
 */
const MOST_PIPELINED = 4

/** Code of the `clientError` for CONNECT, a request for a tunnel, which has no route. */
export const CONNECT = 'ERR_CONNECT'

/** Creates Node's HTTP server with these limits. Every listener of the server is one of these, so every socket has its owner. */
export const createHttpServer = (handler: RequestListener): Server => {
  const answer = limitPipelining(handler)
  const server = createServer({ ...LIMITS, ...WITHOUT_HOST_CHECK }, answer)
  server.on('connection', ownSocket)
  server.on('checkExpectation', answer)
  server.on('connect', (_request, socket) => {
    server.emit('clientError', Object.assign(new Error('This is not a proxy.'), { code: CONNECT }), socket)
    // Nobody else reads on.
    socket.resume()
  })
  server.setTimeout(LONGEST_SILENCE)
  server.maxConnections = MOST_CONNECTIONS
  return server
}

/** The answers that a connection still owes. */
const owedAnswers = new WeakMap<Socket, Set<ServerResponse>>()

/** Whether a socket owes an answer that another one would overtake or break into. It may still refuse the request that it is reading. */
export const owesAnswer = (socket: Socket): boolean =>
  [...(owedAnswers.get(socket) ?? [])].some(
    ({ req, headersSent, writableFinished }) => !writableFinished && (headersSent || req.complete),
  )

const limitPipelining =
  (handler: RequestListener): RequestListener =>
  (request, response) => {
    const { socket } = request
    const owed = owedAnswers.get(socket) ?? new Set()
    if (socket.destroyed || isTaken(socket) || owed.size >= MOST_PIPELINED) return void socket.destroy()
    owedAnswers.set(socket, owed.add(response))
    response.on('close', () => owed.delete(response))
    // The rest of a body that was refused, for as long as the socket's owner lets it come.
    response.on('finish', () => request.resume())
    const writeHead = response.writeHead.bind(response) as (...head: unknown[]) => ServerResponse
    response.writeHead = (...head: unknown[]) => {
      // An answer that comes before the end of the body is the last one, so that the rest counts against the owner's limits. So is
      // the plain answer to an upgrade, because the parser takes all that follows for another protocol.
      if (!request.complete || request.headers.upgrade !== undefined)
        response.setHeader('connection', 'close')
      return writeHead(...head)
    }
    handler(request, response)
  }
