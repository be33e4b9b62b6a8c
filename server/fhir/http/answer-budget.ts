import { serverBusy } from '../../fhir-error.ts'

const MB = 1024 * 1024

/**
 * What answers may hold in the memory of one process, from before the work on them until they are sent, in characters. Whoever
 * reads slowly, or not at all, keeps what his answers hold.
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
        waiting.delete(one)
        change(holder, size)
        start()
      }
    }
  }

  const reserve = (holder: string, size: number) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(one)
        reject(serverBusy())
        startWaiting()
      }, budget.wait)
      const start = () => {
        clearTimeout(timer)
        resolve()
      }
      const one = { holder, size, start }
      waiting.add(one)
      startWaiting()
    })

  const open = (): AnswerShare => {
    let share = { holder: '', size: 0 }
    const resize = (size: number) => {
      change(share.holder, size - share.size)
      share = { ...share, size }
      startWaiting()
    }
    return {
      async hold(holder, most, work, sizeOf) {
        await reserve(holder, most)
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
      end: () => resize(0),
    }
  }

  return { open }
}

type Limits = Readonly<Record<'all' | 'holder' | 'wait', number>>
