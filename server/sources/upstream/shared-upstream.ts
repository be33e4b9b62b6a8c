import type { Asker } from '../../fhir/access/source.ts'
import { serverBusy, upstreamCostly, upstreamSlow } from '../../fhir-error.ts'
import { createTurns } from '../../turns.ts'
import type { ReadingTerms, Upstream, UpstreamPage } from '../transport/upstream.ts'
import { createHeldAnswers } from './held-answers.ts'

/**
 * In milliseconds. The last answer may take another 5 s, so a caller gets an answer before 10 s of silence (`http-server.ts`).
 */
const LONGEST = 4_800
/** The most requests upstream for one request here: more than a page and its look-ups can take within their own limits. */
const MOST_ASKED = 200
/** Requests upstream at the same time. Each person has a few, so that however much one of them asks for, others are answered. */
const PLACES = { all: 32, holder: 4, line: 256, wait: LONGEST }

/**
 * How long a request goes on after its reader has gone, in milliseconds. Most end by themselves in that time; if one is aborted, the
 * server does not notice as a rule, and works on.
 */
const GRACE = 1_000

/** Gives one asker a fair share of the FHIR server upstream. */
export type AskedBy = (asker: Asker) => Lend

/** Lends that share to one piece of work. Pages that were read for it and are not let go count until it ends. */
export type Lend = <Result>(work: (upstream: LentUpstream) => Promise<Result>) => Promise<Result>

export interface LentUpstream extends Pick<Upstream, 'prepare' | 'offer' | 'health'> {
  /**
   * Nothing but the places upstream limits how much is read in this way: if memory did, a refusal would show whether there is a large
   * resource that its reader may not know of.
   */
  read(type: string, id: string): ReturnType<Upstream['read']>
  /** @param isAhead as in `HeldAnswers.read`, here and below. */
  search(type: string, parameters: URLSearchParams, isAhead?: boolean): Promise<UpstreamPage>
  follow(next: string, isAhead?: boolean): Promise<UpstreamPage>
  /** A page is not used any more, except for what was taken from it. */
  letGo(page: UpstreamPage): void
}

/**
 * Shares the FHIR server upstream between the people who ask. What is asked for one request here is limited in time and in number as
 * well; after that, every further request fails, and so it does when its reader has gone.
 *
 * A place stands for work at the server upstream, not for somebody who waits: if it were free as soon as its reader left, one person could
 * have any number of requests at work there.
 *
 * @throws FhirError 504 or 403 after that, 503 when too many wait for one person, or the reader has gone.
 */
export const sharedUpstream = (upstream: Upstream): AskedBy => {
  const places = createTurns(PLACES)
  const answersFor = createHeldAnswers()
  return ({ holder, left }) => {
    const until = performance.now() + LONGEST
    let requestCount = 0
    const ask = async <Answer>(
      send: (terms: ReadingTerms) => Promise<Answer>,
      receive?: (bytes: number) => void,
    ): Promise<Answer> => {
      if (++requestCount > MOST_ASKED) throw upstreamCostly()
      const sendInTime = () => {
        if (performance.now() > until) throw upstreamSlow()
        return untilEnded((end) => send({ left: end, ...(receive && { receive }) }), left)
      }
      return places.run(holder, sendInTime, left)
    }
    /** Waits no longer than everything may take for this request. The work goes on, because others wait for it too. */
    const inTime = <Found>(work: Promise<Found>): Promise<Found> =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(upstreamSlow()), Math.max(0, until - performance.now()))
        work.then(resolve, reject).finally(() => clearTimeout(timer))
      })
    return async (work) => {
      const answers = answersFor(holder, left)
      const askPage = async (
        send: (terms: ReadingTerms) => Promise<UpstreamPage>,
        isAhead?: boolean,
      ): Promise<UpstreamPage> => {
        await inTime(answers.admit())
        return untilLeft(
          answers.read((receive) => ask(send, receive), isAhead),
          left,
        )
      }
      try {
        return await work({
          read: (type, id) =>
            untilLeft(
              ask((terms) => upstream.read(type, id, terms)),
              left,
            ),
          prepare: () => inTime(upstream.prepare()),
          search: async (type, parameters, isAhead) => {
            await inTime(upstream.prepare())
            return askPage((terms) => upstream.search(type, parameters, terms), isAhead)
          },
          follow: (next, isAhead) => askPage((terms) => upstream.follow(next, terms), isAhead),
          letGo: answers.letGo,
          offer: () => inTime(upstream.offer()),
          health: () => upstream.health(),
        })
      } finally {
        answers.end()
      }
    }
  }
}

/** Sends a request, and settles when the server upstream has answered it, or can be taken to work on it no longer. */
const untilEnded = async <Answer>(
  send: (end: AbortSignal) => Promise<Answer>,
  left: AbortSignal,
): Promise<Answer> => {
  const sentAt = performance.now()
  const end = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const endSoon = () => {
    timer = setTimeout(() => end.abort(), GRACE)
  }
  left.addEventListener('abort', endSoon)
  try {
    return await send(end.signal)
  } catch (error) {
    if (end.signal.aborted) await pause(sentAt + LONGEST - performance.now())
    throw error
  } finally {
    clearTimeout(timer)
    left.removeEventListener('abort', endSoon)
  }
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref()
  })

/** Waits for an answer no longer than its reader. @throws FhirError 503 */
const untilLeft = <Answer>(answer: Promise<Answer>, left: AbortSignal): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const leave = () => reject(serverBusy())
    left.addEventListener('abort', leave)
    answer.then(resolve, reject).finally(() => left.removeEventListener('abort', leave))
  })
