import type { StoredLock } from '../storage/items.ts'

const SECOND = 1000
export const freeTries = 5
export const longestWait = 3600 * SECOND
/** Between two counts of which this life of the worker saw only the second, no more than this has passed. */
const longestGap = 60 * SECOND

/**
 * How long one has to wait after wrong tries. The system's clock can be set by whoever sits there, so a wait is time left and
 * not a moment: this life of the worker counts it down by a clock that nobody sets, and the next life believes the system's
 * clock for a minute at most. It goes on only while the browser runs.
 */
export const createWrongTries = () => {
  let counted: { at: number; ticks: number } | undefined

  /** In whole milliseconds: fractions add up to a rest, and the wait would never end. */
  const passedSince = (countedAt: number): number =>
    counted?.at === countedAt
      ? Math.round(performance.now() - counted.ticks)
      : Math.min(Math.max(Date.now() - countedAt, 0), longestGap)

  /** In milliseconds. */
  const waitLeft = ({ wait, countedAt }: StoredLock): number =>
    wait === 0 ? 0 : Math.max(0, wait - passedSince(countedAt))

  const withWait = (lock: StoredLock, wait: number): StoredLock => {
    counted = { at: Date.now(), ticks: performance.now() }
    return { ...lock, wait, countedAt: counted.at }
  }

  return {
    waitLeft,
    countDown: (lock: StoredLock): StoredLock => withWait(lock, waitLeft(lock)),
    /** From the fifth on each doubles the wait, up to an hour. */
    afterTry: (lock: StoredLock): StoredLock => {
      const wrong = lock.wrong + 1
      const wait = wrong < freeTries ? 0 : Math.min(30 * SECOND * 2 ** (wrong - freeTries), longestWait)
      return withWait({ ...lock, wrong }, wait)
    },
  }
}

export const noWrongTries = { wrong: 0, wait: 0, countedAt: 0 } as const
