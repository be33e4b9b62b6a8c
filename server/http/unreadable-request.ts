import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Recorder } from '../audit/write/recorder.ts'
import { SECURITY_HEADERS } from '../pages/frame/security-headers.ts'
import { CONNECT, owesAnswer } from './http-server.ts'
import { takeSocket } from './own-socket.ts'

interface RawAnswer {
  readonly status: string
  readonly sentence: string
  readonly headers?: readonly string[]
}

/** @returns the answer, and its reason in the log's counts. */
const answerTo = (code: string | undefined): RawAnswer & { readonly reason: string } => {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: '431 Request Header Fields Too Large',
        sentence: 'The address and the headers are too long.',
        reason: 'too_long',
      }
    case CONNECT:
      return {
        status: '405 Method Not Allowed',
        sentence: 'This is not a proxy.',
        reason: 'method_not_allowed',
        headers: ['Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS'],
      }
    default:
      return { status: '400 Bad Request', sentence: 'This is not an HTTP request.', reason: 'bad_request' }
  }
}

const UNAVAILABLE: RawAnswer = {
  status: '503 Service Unavailable',
  sentence: 'Try again.',
  headers: ['Retry-After: 1'],
}

/**
 * Answers requests that never reach a route: those that cannot be parsed, such as one with a `state` of 100 kB (A39), and
 * CONNECT. Counts them like the requests of other strangers, but by the connection's address: behind a proxy that is the proxy's,
 * because the header that would name another was not read.
 */
export const answerUnreadable =
  ({
    onRefused,
    onFault,
    recorder,
  }: {
    recorder: Recorder
    onRefused: (refusal: { request: string; status: number }) => void
    onFault: (fault: unknown) => void
  }) =>
  (error: { code?: string }, socket: Socket): void => {
    // Too slow. Nothing is answered before the handler, which waits for the rest, has logged it (D01).
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return void socket.destroy()
    // The rest of the same connection cannot be read either.
    if (error.code === 'ECONNRESET' || !takeSocket(socket)) return
    const answerToClient = answerTo(error.code)
    const requestId = randomUUID()
    const answer = (content: RawAnswer) => {
      onRefused({ request: requestId, status: Number.parseInt(content.status, 10) })
      refuse(socket, content, requestId)
    }
    const request = { id: requestId, ip: socket.remoteAddress ?? '' }
    recorder.recordRefusal(request, 'other', answerToClient.reason).then(
      () => answer(answerToClient),
      (fault) => {
        onFault(fault)
        answer(UNAVAILABLE)
      },
    )
  }

const refuse = (socket: Socket, { status, sentence, headers = [] }: RawAnswer, requestId: string): void => {
  if (owesAnswer(socket)) return void socket.destroy()
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
