import { randomUUID } from 'node:crypto'
import { requireUrl } from '../../../values/parse-address.ts'
import type { Clock, FhirSource } from '../../config.ts'
import { FhirError, upstreamAway, upstreamSlow, upstreamWrong } from '../../fhir-error.ts'
import { CredentialRefused } from './backend-credential.ts'
import { createCircuit } from './circuit.ts'
import { WrongAnswer } from './cut-json.ts'
import { pathOf } from './next-link.ts'
import { openCredential } from './open-credential.ts'
import { parseShort } from './parse-short.ts'
import { quoteRefusal } from './quote-refusal.ts'
import { openExchanges, type Question, type Report, type UpstreamAnswer } from './send.ts'
import type { Health, ReadingTerms } from './upstream.ts'

/**
 * The longest wait for an answer, including the waits for a token and a connection. A client is cut off after 10 s of silence
 * (`http-server.ts`), and one request of a client may need several pages.
 */
const TIMEOUT = 5_000

/** What a server that gives nothing of any record may still answer. */
export const METADATA = '/metadata'
/** How long an answer that can be used shows that upstream works, in milliseconds. */
const FRESH = 5_000

export interface TransportDeps {
  readonly source: FhirSource
  readonly clock: Clock
  readonly report: Report
  /** Milliseconds; tests pass their own. */
  readonly timeout?: number | undefined
}

export interface Transport {
  /**
   * Requests a path below the base. Refuses every status but the expected ones in our own words; what upstream said goes to the
   * operator's log.
   *
   * @throws FhirError 502 when the answer cannot be used, 503 when upstream is away or busy, 504 when it is slow.
   * @throws WrongAnswer as `Exchanges.exchange`.
   */
  ask(request: Request): Promise<UpstreamAnswer>
  /** Notes that an answer was understood, which shows for a while that upstream works. */
  understood(): void
  /** As `Upstream.health`. */
  health(): Promise<Health>
  close(): Promise<void>
}

interface Request extends Pick<Question, 'form'> {
  /** The path below the base, with the query. */
  readonly path: string
  /** The statuses that the caller handles, besides 200. */
  readonly expects?: (status: number) => boolean
  readonly terms?: ReadingTerms | undefined
}

/** @throws Error with a sentence for the operator when a file of the credential cannot be used. */
export const openTransport = async ({
  source: { base, authentication },
  clock,
  report,
  timeout = TIMEOUT,
}: TransportDeps): Promise<Transport> => {
  const root = pathOf(base)
  const credential = await openCredential(authentication, { base, clock, report })
  const exchanges = openExchanges(requireUrl(base).origin, report)

  /** Sends a request, and once more if the credential was refused and there is another one. */
  const send = async ({ path, form, terms }: Request, signal: AbortSignal): Promise<UpstreamAnswer> => {
    const receive = terms?.receive
    const question = { method: form ? 'POST' : 'GET', path: `${root}${path}`, form, signal, receive } as const
    const authorization = await within(signal, credential.current())
    const answer = await exchanges.exchange({ ...question, authorization })
    if (!isRefusal(answer.status)) return answer
    const renewed = await within(signal, credential.renew(authorization))
    return renewed === authorization ? answer : exchanges.exchange({ ...question, authorization: renewed })
  }

  /** Like `AbortSignal.timeout`, whose timer would stay for the whole time after each answer. */
  const sendInTime = async (request: Request): Promise<UpstreamAnswer> => {
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(new DOMException('', 'TimeoutError')), timeout)
    const giveUp = () => deadline.abort()
    request.terms?.left.addEventListener('abort', giveUp)
    try {
      return await send(request, deadline.signal)
    } finally {
      clearTimeout(timer)
      request.terms?.left.removeEventListener('abort', giveUp)
    }
  }

  const askForNobody = async (): Promise<UpstreamAnswer> => {
    const answer = await sendInTime({ path: nobody() })
    if (answer.status === 429) circuit.wait(answer.retryAfter)
    return answer
  }
  const probe = async (): Promise<Health> => {
    try {
      const { status, text } = await askForNobody()
      if (isRefusal(status)) return 'refused'
      // A proxy, or a page for people, may give any other answer instead of a server that is away.
      return [200, 404, 410].includes(status) && isFhir(text) ? 'working' : 'away'
    } catch (error) {
      return (error as Error).cause instanceof CredentialRefused ? 'refused' : 'away'
    }
  }
  let usedAt = Number.NEGATIVE_INFINITY
  let probing: Promise<Health> | undefined

  const circuit = createCircuit({
    // Any answer but a failure closes it: each request checks its own answer.
    probe: () =>
      askForNobody().then(
        ({ status }) => !isFailure(status) && status !== 429,
        (error: unknown) => error instanceof WrongAnswer,
      ),
    onChange: (isOpen) =>
      report(
        isOpen
          ? 'the FHIR server upstream does not answer, or asks for a pause: requests are refused until it answers'
          : 'the FHIR server upstream answers again',
      ),
  })

  const count = async (sending: Promise<UpstreamAnswer>): Promise<UpstreamAnswer> => {
    try {
      const answer = await sending
      if (isFailure(answer.status)) circuit.failed()
      else circuit.succeeded()
      return answer
    } catch (error) {
      if (error instanceof FhirError && ['upstream_away', 'upstream_slow'].includes(error.code))
        circuit.failed()
      throw error
    }
  }

  return {
    ask: async (request) => {
      circuit.requireClosed()
      const answer = await count(sendInTime(request))
      const { status, text, retryAfter, requestId } = answer
      if (status === 200 || request.expects?.(status)) return answer
      if (status === 429) throw upstreamAway(circuit.wait(retryAfter))
      report(sentenceFor(status), {
        status,
        upstreamRequestId: requestId,
        says: quoteRefusal(text),
      })
      throw isFailure(status) ? upstreamAway() : upstreamWrong()
    },
    understood: () => {
      usedAt = performance.now()
    },
    health: async () => {
      if (circuit.isOpen()) return 'away'
      if (performance.now() - usedAt < FRESH) return 'working'
      probing ??= probe().finally(() => {
        probing = undefined
      })
      return probing
    },
    close: async () => {
      circuit.stop()
      await exchanges.close()
    },
  }
}

/** Waits no longer than the signal. @throws FhirError 504 */
const within = <T>(signal: AbortSignal, waiting: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const end = () => reject(upstreamSlow())
    signal.addEventListener('abort', end)
    waiting.then(resolve, reject).finally(() => signal.removeEventListener('abort', end))
  })

const nobody = (): string => `/Patient/${randomUUID()}`

/** Whether a short text is FHIR's, as JSON. */
export const isFhir = (text: string): boolean => typeof parseShort(text)?.resourceType === 'string'

const isRefusal = (status: number): boolean => status === 401 || status === 403

/** Whether upstream may answer later. 501 means that it never will. */
const isFailure = (status: number): boolean => status >= 500 && status !== 501

const sentenceFor = (status: number): string => {
  if (isRefusal(status)) return "the FHIR server upstream refuses Carekey's credential"
  if (status >= 300 && status < 400)
    return 'the FHIR server upstream names another address, which is not followed'
  return 'the FHIR server upstream refuses a request'
}
