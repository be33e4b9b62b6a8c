import { serverBusy } from '../../fhir-error.ts'

const MB = 1024 * 1024

/**
 * What answers may hold in the memory of one process, from before the work on them until they are sent, in characters. A
 * reader who is slow, or does not read at all, goes on holding that memory.
 */
export const ANSWER_BUDGET = {
  all: 96 * MB,
  /** For one person, or one application that acts for itself, over all connections, so that others are still answered. */
  holder: 24 * MB,
  /** For a batch; its remaining entries are refused. */
  batch: 16 * MB,
  /** For any other answer: the texts of matches and of included resources. */
  single: MB,
  /** Longest time until there is room, in milliseconds: a connection that is silent for 10 s is closed (`own-socket.ts`). */
  wait: 5_000,
} as const

export interface AnswerBudget {
  /** @returns the share of one answer, which must be ended. */
  open(): AnswerShare
}

export interface AnswerShare {
  /**
   * Waits until there is room for `most`, and then works. Keeps what the result really holds, which may be more if it is one large
   * resource.
   *
   * @throws FhirError 503 when there is no room.
   */
  hold<T>(holder: string, most: number, work: () => Promise<T>, heldBy: (result: T) => number): Promise<T>
  /** The reader has gone: an answer that waits is given up, and one that is worked on may be. */
  leave(): void
  hasLeft(): boolean
  /** Gives back what it holds. */
  end(): void
}

interface Waiting {
  readonly holder: string
  readonly size: number
  readonly start: () => void
}

export const createAnswerBudget = (budget: Limits = ANSWER_BUDGET): AnswerBudget => {
  const held = new Map<string, number>()
  let total = 0
  const waiting = new Set<Waiting>()
  const heldBy = (holder: string) => held.get(holder) ?? 0

  const change = (holder: string, difference: number) => {
    total += difference
    const size = heldBy(holder) + difference
    if (size > 0) held.set(holder, size)
    else held.delete(holder)
  }

  /** Starts those that there is room for, in their order. Without room for its holder, one lets those of others pass. */
  const startWaiting = () => {
    const full = new Set<string>()
    for (const one of waiting) {
      const { holder, size, start } = one
      if (full.has(holder)) continue
      if (total + size > budget.all) return
      if (heldBy(holder) + size > budget.holder) full.add(holder)
      else {
        change(holder, size)
        start()
      }
    }
  }

  const reserve = (holder: string, size: number, left: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const settle = (how: () => void) => {
        clearTimeout(timer)
        left.removeEventListener('abort', giveUp)
        waiting.delete(one)
        how()
      }
      const giveUp = () => {
        settle(() => reject(serverBusy()))
        startWaiting()
      }
      const timer = setTimeout(giveUp, budget.wait)
      const one = { holder, size, start: () => settle(resolve) }
      if (left.aborted) return giveUp()
      left.addEventListener('abort', giveUp)
      waiting.add(one)
      startWaiting()
    })

  const open = (): AnswerShare => {
    let share = { holder: '', size: 0 }
    const left = new AbortController()
    const resize = (size: number) => {
      change(share.holder, size - share.size)
      share = { ...share, size }
      startWaiting()
    }
    return {
      async hold(holder, most, work, sizeOf) {
        await reserve(holder, most, left.signal)
        share = { holder, size: most }
        const result = await work()
        const size = sizeOf(result)
        // One that is larger than was known is answered if it is its holder's only one.
        const others = heldBy(holder) - most
        if (size > most && others > 0 && (others + size > budget.holder || total - most + size > budget.all))
          throw serverBusy()
        resize(size)
        return result
      },
      leave: () => left.abort(),
      hasLeft: () => left.signal.aborted,
      end: () => resize(0),
    }
  }

  return { open }
}

type Limits = Readonly<Record<'all' | 'holder' | 'wait', number>>
