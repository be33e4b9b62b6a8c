import type { StoredLock } from '../storage/items.ts'

const SECOND = 1000
export const freeTries = 5
export const longestWait = 3600 * SECOND
/** Milliseconds. The most time that is counted as passed between two runs of the worker. */
const longestGap = 60 * SECOND

/**
 * Computes the wait after wrong tries. Anyone at the computer can set the system clock, so a wait is stored as time left: this
 * run of the worker counts it down by a monotonic clock, and the next run trusts the system clock for a minute at most. The wait
 * passes only while the browser runs.
 */
export const createWrongTries = () => {
  let lastCount: { at: number; ticks: number } | undefined

  /** Returns whole milliseconds, because fractions would add up and the wait would never end. */
  const passedSince = (countedAt: number): number =>
    lastCount?.at === countedAt
      ? Math.round(performance.now() - lastCount.ticks)
      : Math.min(Math.max(Date.now() - countedAt, 0), longestGap)

  /** Returns milliseconds. */
  const waitLeft = ({ wait, countedAt }: StoredLock): number =>
    wait === 0 ? 0 : Math.max(0, wait - passedSince(countedAt))

  const withWait = (lock: StoredLock, wait: number): StoredLock => {
    lastCount = { at: Date.now(), ticks: performance.now() }
    return { ...lock, wait, countedAt: lastCount.at }
  }

  return {
    waitLeft,
    countDown: (lock: StoredLock): StoredLock => withWait(lock, waitLeft(lock)),
    /** Counts a try. The fifth sets a wait of 30 seconds, and each further one doubles it, up to an hour. */
    afterTry: (lock: StoredLock): StoredLock => {
      const wrong = lock.wrong + 1
      const wait = wrong < freeTries ? 0 : Math.min(30 * SECOND * 2 ** (wrong - freeTries), longestWait)
      return withWait({ ...lock, wrong }, wait)
    },
  }
}

export const noWrongTries = { wrong: 0, wait: 0, countedAt: 0 } as const
