import { randomUUID } from 'node:crypto'
import { Pool } from 'undici'
import { FhirError, serverBusy, upstreamAway, upstreamSlow } from '../../fhir-error.ts'
import { LargeAnswer, WrongAnswer } from './cut-json.ts'
import type { ReadingTerms } from './upstream.ts'

/** Limits on what one FHIR server upstream may cost a process; docs/gateway.md states them. */
const MOST_CONNECTIONS = 32
const CONNECT_TIME = 3_000
const LARGEST_ANSWER = 10_000_000
/** How much is read of an answer that will not be used, for the operator's log. */
const LARGEST_REFUSAL = 16_384
/** Writes to the operator's log. The text contains nothing from a record, a caller's request or a credential. */
export type Report = (sentence: string, details?: object) => void

export interface Question {
  readonly method: 'GET' | 'POST'
  /** From the root of the origin, with the query. */
  readonly path: string
  readonly authorization?: string | undefined
  readonly form?: URLSearchParams | undefined
  /** Aborts the exchange. */
  readonly signal: AbortSignal
  /** As `ReadingTerms.receive`. */
  readonly receive?: ReadingTerms['receive'] | undefined
}

export interface UpstreamAnswer {
  readonly status: number
  /** Cut short if the status is not 200. */
  readonly text: string
  readonly retryAfter: string | undefined
  /** The `X-Request-ID` that was sent. */
  readonly requestId: string
}

interface Exchanges {
  /**
   * Sends a request and reads its whole answer. Sends nothing from the caller's request. Does not follow redirects.
   *
   * @throws FhirError 503 or 504 when there is no answer.
   * @throws WrongAnswer when the answer is too large, or not readable as JSON.
   */
  exchange(question: Question): Promise<UpstreamAnswer>
  close(): Promise<void>
}

/** Opens a pool of kept-alive connections to one origin. */
export const openExchanges = (origin: string, report: Report): Exchanges => {
  // Only HTTP/1.1, so that a connection that breaks takes only one request with it.
  const pool = new Pool(origin, {
    connections: MOST_CONNECTIONS,
    connectTimeout: CONNECT_TIME,
    allowH2: false,
  })

  const readText = async (
    body: AsyncIterable<Buffer>,
    isUsed: boolean,
    receive: ReadingTerms['receive'],
  ): Promise<string> => {
    const chunks: Buffer[] = []
    let size = 0
    // Leaving the loop early closes the connection.
    for await (const chunk of body) {
      size += chunk.length
      if (isUsed && size > LARGEST_ANSWER) throw new LargeAnswer('it is larger than 10 MB')
      receive?.(chunk.length)
      chunks.push(chunk)
      if (!isUsed && size > LARGEST_REFUSAL) break
    }
    const bytes = Buffer.concat(chunks)
    return isUsed ? decode(bytes) : bytes.toString('utf8', 0, LARGEST_REFUSAL)
  }

  const send = async (question: Question): Promise<UpstreamAnswer> => {
    const { method, path, authorization, form, signal, receive } = question
    const requestId = randomUUID()
    const { statusCode, headers, body } = await pool.request({
      ...{ method, path, signal },
      headers: {
        accept: 'application/fhir+json, application/json',
        'accept-encoding': 'identity',
        'user-agent': 'Carekey',
        'x-request-id': requestId,
        ...(authorization !== undefined && { authorization }),
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      body: form ? form.toString() : null,
    })
    const fault = statusCode === 200 ? faultOfHeaders(headers) : undefined
    const text = await readText(body, statusCode === 200 && !fault, receive)
    if (fault) throw new WrongAnswer(fault)
    return { status: statusCode, text, retryAfter: headers['retry-after']?.toString(), requestId }
  }

  return {
    exchange: async (question) => {
      try {
        // Upstream may close a kept-alive connection just when it is used here. Repeating a read does no harm.
        return await send(question).catch((error) => {
          if (!isReset(error) || question.signal.aborted) throw error
          return send(question)
        })
      } catch (error) {
        if (error instanceof WrongAnswer || error instanceof FhirError) throw error
        const { name } = error as Error
        // Upstream is not at fault when our reader has gone.
        if (name === 'AbortError') throw serverBusy()
        if (BROKEN.includes(name)) throw new WrongAnswer('it is not HTTP as it should be')
        const isSlow = SLOW.includes(name)
        report('the FHIR server upstream did not answer', { code: isSlow ? 'timeout' : codeOf(error) })
        throw isSlow ? upstreamSlow() : upstreamAway()
      }
    },
    close: () => pool.destroy(),
  }
}

const READABLE = /^application\/(?:fhir\+)?json *(?:;|$)/i
const OTHER_CHARSET = /;\s*charset="?(?!utf-?8\b)/i

/** Says what is wrong with an answer in another format, or one that is compressed although that was not requested. */
const faultOfHeaders = (headers: Record<string, string | string[] | undefined>): string | undefined => {
  const type = headers['content-type']?.toString() ?? ''
  if (!READABLE.test(type) || OTHER_CHARSET.test(type)) return 'it is not FHIR as JSON'
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return 'it is compressed'
  return undefined
}

const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new WrongAnswer('it is not text in UTF-8')
  }
}

const codeOf = (error: unknown): string => (error as { code?: unknown }).code?.toString() ?? ''

const isReset = (error: unknown): boolean => ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error))

/** Names of errors, of the signal and of undici. */
const SLOW = ['TimeoutError', 'HeadersTimeoutError', 'BodyTimeoutError']
/** Errors of an answer that is not valid HTTP. */
const BROKEN = ['HTTPParserError', 'HeadersOverflowError', 'ResponseContentLengthMismatchError']
