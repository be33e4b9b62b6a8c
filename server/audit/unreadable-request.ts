import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Clock, Config } from '../config.ts'
import type { Store } from '../store/store.ts'
import { appendAccess } from './log.ts'

/** So many in a minute have an entry each; whoever sends more does not fill the log. */
const ENTRIES = 10
const MINUTE = 60_000
/** While the rest is still being sent, an end at once would take the answer back before it is read; milliseconds. */
const LINGER = 1_000

interface Refusal {
  readonly status: string
  readonly sentence: string
  /** For the log; a connection on which nothing was asked has no entry. */
  readonly reason?: string
  /** Seconds. */
  readonly retryAfter?: number
}

const refusalOf = (code: string | undefined): Refusal => {
  if (code === 'HPE_HEADER_OVERFLOW')
    return {
      status: '431 Request Header Fields Too Large',
      sentence: 'The address and the headers are too long.',
      reason: 'too_long',
    }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { status: '408 Request Timeout', sentence: 'The request took too long.' }
  return { status: '400 Bad Request', sentence: 'This is no HTTP request.', reason: 'bad_request' }
}

const UNAVAILABLE: Refusal = { status: '503 Service Unavailable', sentence: 'Try again.', retryAfter: 1 }

/**
 * Answers what could not be read, as when a `state` is 100 kB long (A39), and logs it: it has neither a name nor a person.
 * The entry after a minute with too many says how many had none.
 */
export const answerUnreadable = ({
  config,
  store,
  clock,
  onFault,
}: {
  config: Config
  store: Store
  clock: Clock
  onFault: (fault: unknown) => void
}) => {
  let since = 0
  let entries = 0
  let without = 0
  const answered = new WeakSet<Socket>()

  const log = async (address: string, reason: string): Promise<void> => {
    const now = clock()
    if (Math.abs(now - since) >= MINUTE) [since, entries] = [now, 0]
    if (entries === ENTRIES) {
      without++
      return
    }
    entries++
    const details = without > 0 && { 'unreadable-requests-without-entry': String(without) }
    without = 0
    const access = {
      kind: 'other',
      requestId: randomUUID(),
      outcome: 'refused',
      reason,
      agent: { address },
      patients: [],
      ...(details && { details }),
    } as const
    await store.write((trx) => appendAccess(trx, access, { now, config }))
  }

  return (error: { code?: string }, socket: Socket): void => {
    // What follows on the same connection cannot be read either.
    if (error.code === 'ECONNRESET' || socket.destroyed || answered.has(socket)) return
    answered.add(socket)
    const refusal = refusalOf(error.code)
    const logged = refusal.reason === undefined ? undefined : log(socket.remoteAddress ?? '', refusal.reason)
    Promise.resolve(logged).then(
      () => refuse(socket, refusal),
      (fault) => {
        onFault(fault)
        refuse(socket, UNAVAILABLE)
      },
    )
  }
}

const refuse = (socket: Socket, { status, sentence, retryAfter }: Refusal): void => {
  if (socket.writable) {
    const headers = [
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(sentence)}`,
      'Cache-Control: no-store',
      'X-Content-Type-Options: nosniff',
      ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
      'Connection: close',
    ]
    socket.end(`HTTP/1.1 ${status}\r\n${headers.join('\r\n')}\r\n\r\n${sentence}`)
  }
  const timer = setTimeout(() => socket.destroy(), LINGER)
  socket.once('close', () => clearTimeout(timer))
}
