import type { Clock } from '../../config.ts'
import type { Store } from '../../store/store.ts'
import { type Bucket, LIMITS, type ReservedTry, reserveTry } from '../account/rate-limit.ts'
import { createTurns } from './turns.ts'

/** How many tries run at once per bucket: half of the limit, so that a busy application keeps to it even on two processes. */
const CONCURRENT_TRIES = LIMITS.client.failures / 2

/** Milliseconds for which a try that succeeded stays counted for the application's next request. */
const PATIENCE = 100

interface FreeTry {
  readonly attempt: ReservedTry
  readonly timer: NodeJS.Timeout
}

/**
 * Counts tries of applications before they are checked. A try that succeeded is not uncounted at once: the next request of the same
 * bucket runs with it. So a busy application costs two writes for each of its connections, not for each request.
 */
export const createClientTries = ({ store, clock }: { store: Store; clock: Clock }) => {
  const takeTurn = createTurns(CONCURRENT_TRIES)
  const freeTries = new Map<string, FreeTry[]>()

  const remove = (name: string, free: FreeTry | undefined): boolean => {
    const tries = freeTries.get(name) ?? []
    if (!free || !tries.includes(free)) return false
    clearTimeout(free.timer)
    tries.splice(tries.indexOf(free), 1)
    if (tries.length === 0) freeTries.delete(name)
    return true
  }

  const takeFree = (name: string): ReservedTry | undefined => {
    const free = freeTries.get(name)?.at(-1)
    // In the next period it would not count.
    return remove(name, free) && free && free.attempt.countsUntil - clock() > PATIENCE
      ? free.attempt
      : undefined
  }

  const keep = (name: string, attempt: ReservedTry): void => {
    const tries = freeTries.get(name) ?? []
    freeTries.set(name, tries)
    const free = { attempt, timer: setTimeout(() => release(name, free), PATIENCE).unref() }
    tries.push(free)
  }

  const release = async (name: string, free: FreeTry): Promise<void> => {
    // With a turn, because the try counts until the write is done.
    const endTurn = await takeTurn(name)
    // If this fails, the try stays counted.
    if (remove(name, free)) await store.write(free.attempt.uncount).catch(() => undefined)
    endTurn()
  }

  return {
    /**
     * Runs a check, unless the limit is reached.
     *
     * @param check returns whether it succeeded.
     * @returns the seconds to wait if the limit is reached.
     */
    run: async (bucket: Bucket, check: () => Promise<boolean>): Promise<number | undefined> => {
      const endTurn = await takeTurn(bucket.value)
      try {
        const attempt = takeFree(bucket.value) ?? (await reserveTry(store, [bucket], clock()))
        if ('wait' in attempt) return attempt.wait
        if (await check()) keep(bucket.value, attempt)
        return undefined
      } finally {
        endTurn()
      }
    },
    /** Uncounts the tries that no request is using. */
    close: async (): Promise<void> => {
      const all = [...freeTries].flatMap(([name, tries]) => tries.map((free) => ({ name, free })))
      await Promise.all(all.map(({ name, free }) => release(name, free)))
    },
  }
}
