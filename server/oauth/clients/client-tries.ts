import type { Clock } from '../../config.ts'
import { type Bucket, LIMITS, type ReservedTry, reserveTry } from '../../sign-in/secrets/rate-limit.ts'
import type { Store } from '../../store/store.ts'
import { createTurns } from '../../turns.ts'

/** Half of a bucket's limit runs at once, so that a busy application keeps to it even on two processes. */
const TURNS = {
  all: Number.POSITIVE_INFINITY,
  holder: LIMITS.client.failures / 2,
  line: 500,
  /** A connection that is silent for 10 s is closed. */
  wait: 5_000,
}

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
  const turns = createTurns(TURNS)
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

  /** With a turn, because the try counts until the write is done. If this fails, it stays counted. */
  const release = (name: string, free: FreeTry): Promise<void> =>
    turns
      .run({ name }, async () => {
        if (remove(name, free)) await store.write(free.attempt.uncount)
      })
      .catch(() => void remove(name, free))

  return {
    /**
     * Runs a check, unless the limit is reached.
     *
     * @param check returns whether it succeeded.
     * @param buckets requests take turns by the first.
     * @returns the seconds to wait if a limit is reached.
     * @throws FhirError 503 when too many requests of the bucket wait.
     */
    run: (
      buckets: readonly [Bucket, ...Bucket[]],
      check: () => Promise<boolean>,
    ): Promise<number | undefined> => {
      const name = buckets[0].value
      return turns.run({ name }, async () => {
        const attempt = takeFree(name) ?? (await reserveTry(store, buckets, clock()))
        if ('wait' in attempt) return attempt.wait
        if (await check()) keep(name, attempt)
        return undefined
      })
    },
    /** Uncounts the tries that no request is using. */
    close: async (): Promise<void> => {
      const all = [...freeTries].flatMap(([name, tries]) => tries.map((free) => ({ name, free })))
      await Promise.all(all.map(({ name, free }) => release(name, free)))
    },
  }
}
