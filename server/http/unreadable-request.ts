import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Recorder } from '../audit/recorder.ts'
import { CONNECT } from '../http-server.ts'
import { SECURITY_HEADERS } from '../pages/security-headers.ts'

/** Wait before closing, in milliseconds: closing while the client still sends would discard the answer before it is read. */
const LINGER = 1_000

interface Unreadable {
  readonly status: string
  readonly sentence: string
  /** For the log; a connection without a request is not counted. */
  readonly reason?: string
  readonly headers?: readonly string[]
}

const unreadableBy = (code: string | undefined): Unreadable => {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: '431 Request Header Fields Too Large',
        sentence: 'The address and the headers are too long.',
        reason: 'too_long',
      }
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: '408 Request Timeout', sentence: 'The request took too long.' }
    case CONNECT:
      return {
        status: '405 Method Not Allowed',
        sentence: 'This is no proxy.',
        reason: 'method_not_allowed',
        headers: ['Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS'],
      }
    default:
      return { status: '400 Bad Request', sentence: 'This is no HTTP request.', reason: 'bad_request' }
  }
}

const UNAVAILABLE: Unreadable = {
  status: '503 Service Unavailable',
  sentence: 'Try again.',
  headers: ['Retry-After: 1'],
}

/**
 * Answers requests that never reach a route: those that cannot be parsed, such as one with a `state` of 100 kB (A39), and
 * CONNECT. Counts them like the requests of other strangers.
 */
export const answerUnreadable = ({
  onRefused,
  onFault,
  recorder,
}: {
  recorder: Recorder
  onRefused: (refused: { requestId: string; status: number }) => void
  onFault: (fault: unknown) => void
}) => {
  const answered = new WeakSet<Socket>()

  return (error: { code?: string }, socket: Socket): void => {
    // The rest of the same connection cannot be read either.
    if (error.code === 'ECONNRESET' || socket.destroyed || answered.has(socket)) return
    answered.add(socket)
    const unreadable = unreadableBy(error.code)
    const { reason } = unreadable
    const requestId = randomUUID()
    const answer = (given: Unreadable) => {
      onRefused({ requestId, status: Number.parseInt(given.status, 10) })
      refuse(socket, given, requestId)
    }
    const request = { id: requestId, ip: socket.remoteAddress ?? '' }
    const counted = reason === undefined ? undefined : recorder.recordRefusal(request, 'other', reason)
    Promise.resolve(counted).then(
      () => answer(unreadable),
      (fault) => {
        onFault(fault)
        answer(UNAVAILABLE)
      },
    )
  }
}

const refuse = (socket: Socket, { status, sentence, headers = [] }: Unreadable, requestId: string): void => {
  if (socket.writable) {
    const lines = [
      `HTTP/1.1 ${status}`,
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(sentence)}`,
      'Cache-Control: no-store',
      ...Object.entries(SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}`),
      `X-Request-Id: ${requestId}`,
      ...headers,
      'Connection: close',
    ]
    socket.end(`${lines.join('\r\n')}\r\n\r\n${sentence}`)
  }
  const timer = setTimeout(() => socket.destroy(), LINGER)
  socket.once('close', () => clearTimeout(timer))
}
