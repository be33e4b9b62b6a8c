import { serverBusy } from '../../fhir-error.ts'
import { createTurns, type Holder, type TurnLimits, turnOfOthers } from '../../turns.ts'

const MB = 1024 * 1024

/**
 * What answers may hold in the memory of one process, from before the work on them until they are sent, in characters. A
 * reader who is slow, or does not read at all, goes on holding that memory. Request bodies may hold as much again, from the first byte
 * that comes.
 */
export const ANSWER_BUDGET = {
  all: 128 * MB,
  /** For one person, or one application that acts for itself, over all connections, so that others are still answered. */
  holder: 32 * MB,
  /** For one of a person's applications, so that another one still has room for a batch. */
  application: 20 * MB,
  /** For a batch; its remaining entries are refused. */
  batch: 12 * MB,
  /** For any other answer: the texts of matches and of included resources. */
  single: MB,
  /** Longest time until there is room, in milliseconds: a connection that is silent for 10 s is closed (`own-socket.ts`). */
  wait: 4_000,
  /** Answers of one application of a holder that wait; a further one is refused at once. */
  line: 1_000,
} as const

/** From the arrival of a request to the beginning of the last part of its answer, in milliseconds. */
const LONGEST = 6_000

export interface AnswerBudget {
  /** @returns the share of one answer, which must be ended. */
  open(): AnswerShare
}

export interface AnswerShare {
  /**
   * Waits until there is room for `most`, and then for a turn of the event loop in which no other answer of this holder begins, and
   * works. Keeps what the result really holds, which may be more if it is one large resource.
   *
   * @throws FhirError 503 when there is no room, or too many wait for it.
   */
  hold<T>(holder: Holder, most: number, work: () => Promise<T>, heldBy: (result: T) => number): Promise<T>
  /**
   * Counts so many further bytes of the request's body.
   *
   * @throws FhirError 503 when there is no room; none of the body counts any more.
   */
  receive(holder: Holder, size: number): void
  /** The reader has gone: an answer that waits is given up, and one that is worked on may be. */
  leave(): void
  /** Tells that the reader has gone. */
  readonly left: AbortSignal
  /** When nothing more begins for this answer, by `performance.now()`: a connection that is silent for 10 s is closed. */
  readonly until: number
  /** Gives back what it holds. */
  end(): void
}

const NOBODY: Holder = { name: '' }

export const createAnswerBudget = (budget: TurnLimits = ANSWER_BUDGET): AnswerBudget => {
  const { take, change, fits, heldBy } = createTurns(budget)
  const bodies = createTurns(budget)

  /** The last start of each holder who waits for one. */
  const starts = new Map<string, Promise<void>>()
  /** Others are answered between two answers of one holder. */
  const startOf = async ({ name }: Holder): Promise<void> => {
    const start = (starts.get(name) ?? Promise.resolve()).then(turnOfOthers)
    starts.set(name, start)
    await start
    if (starts.get(name) === start) starts.delete(name)
  }

  const open = (): AnswerShare => {
    let share = { holder: NOBODY, size: 0 }
    let body = { holder: NOBODY, size: 0 }
    const left = new AbortController()
    const resize = (size: number) => {
      const difference = size - share.size
      share = { ...share, size }
      change(share.holder, difference)
    }
    const forgetBody = () => {
      bodies.change(body.holder, -body.size)
      body = { ...body, size: 0 }
    }
    return {
      async hold(holder, most, work, sizeOf) {
        await take(holder, most, left.signal)
        share = { holder, size: most }
        await startOf(holder)
        const result = await work()
        const size = sizeOf(result)
        // One that is larger than was known is answered if it is its holder's only one.
        if (size > most && heldBy(holder) > most && !fits(holder, size - most)) throw serverBusy()
        resize(size)
        return result
      },
      receive(holder, size) {
        if (!bodies.fits(holder, size)) {
          // At once, because others that come at the same time would be refused until this refusal is sent.
          forgetBody()
          throw serverBusy()
        }
        bodies.change(holder, size)
        body = { holder, size: body.size + size }
      },
      leave: () => left.abort(),
      left: left.signal,
      until: performance.now() + LONGEST,
      end() {
        resize(0)
        forgetBody()
      },
    }
  }

  return { open }
}
