import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds between two tries. */
const BETWEEN = 10
/** Milliseconds after which `onWait` is called. */
const LONG = 1_000

export interface Waiting {
  /** Milliseconds until it gives up. */
  readonly patience: number
  /** Called once when the wait is long. */
  readonly onWait?: () => void
}

/**
 * Runs work on a SQLite file as soon as no other process holds its lock. SQLite's own timeout would block the whole process, so
 * that no request would be answered meanwhile.
 *
 * @throws Error when the lock is still held after `patience`.
 */
export const untilUnlocked = async <T>(
  work: () => T | Promise<T>,
  { patience, onWait }: Waiting,
): Promise<T> => {
  const started = performance.now()
  let isSaid = false
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const waited = performance.now() - started
      if (!isLocked(error)) throw error
      if (waited > patience)
        throw new Error(`Another process has locked it for ${Math.round(waited / 1000)} seconds`, {
          cause: error,
        })
      if (waited > LONG && !isSaid) {
        isSaid = true
        onWait?.()
      }
      await sleep(BETWEEN)
    }
  }
}

const SQLITE_BUSY = 5

/** Whether another connection held the lock, in any of SQLite's variants (BUSY_RECOVERY, BUSY_SNAPSHOT). */
const isLocked = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY
