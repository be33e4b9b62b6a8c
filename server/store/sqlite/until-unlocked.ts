import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds between two tries. */
const RETRY_DELAY = 10
/** Milliseconds after which `onWait` is called. */
const NOTICE_DELAY = 1_000

export interface WaitOptions {
  /** Milliseconds after which it gives up. */
  readonly timeout: number
  /** Called once if the wait takes longer than a second. */
  readonly onWait?: () => void
}

/**
 * Runs work on a SQLite file as soon as no other process holds its lock. SQLite's own timeout would block the whole process, so
 * that no request would be answered meanwhile.
 *
 * @throws Error when the lock is still held after `timeout`, and any other error of `work`.
 */
export const untilUnlocked = async <T>(
  work: () => T | Promise<T>,
  { timeout, onWait }: WaitOptions,
): Promise<T> => {
  const startedAt = performance.now()
  let isNotified = false
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const waitedTime = performance.now() - startedAt
      if (!isLocked(error)) throw error
      if (waitedTime > timeout)
        throw new Error(`Another process has locked it for ${Math.round(waitedTime / 1000)} seconds`, {
          cause: error,
        })
      if (waitedTime > NOTICE_DELAY && !isNotified) {
        isNotified = true
        onWait?.()
      }
      await sleep(RETRY_DELAY)
    }
  }
}

const SQLITE_BUSY = 5

/** Whether another connection held the lock: SQLITE_BUSY or one of its extended codes (BUSY_RECOVERY, BUSY_SNAPSHOT). */
const isLocked = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY
