import browser from 'webextension-polyfill'
import { ProblemError } from '../messages/errors.ts'
import { isGuessable, lockTimes, type NewLock, pinLength, type Unlocking } from '../messages/lock.ts'
import { items, type StoredLock } from '../storage/items.ts'
import { unwrapKey, wrapKey } from '../storage/wrapped-key.ts'
import type { Keyring } from './keyring.ts'

/** The alarm that counts down the wait after wrong tries. */
export const waitAlarm = 'wait'

/** Wraps and opens a lock's key, and counts the tries. */
export const createLockOpening = (keyring: Keyring) => {
  const tries = createWrongTries()

  /**
   * Returns the bytes of the key. Counts every try at a PIN before checking it, so that stopping the worker undoes no try.
   *
   * @throws ProblemError `wrong-pin`, `unlock-later` or `wrong-passkey`.
   */
  const open = async (opening: Unlocking): Promise<string> => {
    const lock = await items.lock.get()
    if (!lock) throw new ProblemError('unexpected')
    if ('pin' in opening) {
      if (tries.waitLeft(lock) > 0) throw new ProblemError('unlock-later')
      await items.lock.update((stored) => stored && tries.afterTry(stored))
      await watchWait()
    }
    const deviceKey = await keyring.deviceKey()
    const bytes = await unwrapKey(lock.opens, opening, deviceKey)
    if (bytes === undefined) throw wrongTryError(opening, lock.wrong + 1)
    if ('pin' in opening) await items.lock.update((stored) => stored && { ...stored, ...noWrongTries })
    return bytes
  }

  const watchWait = async (): Promise<void> => {
    const isWaiting = ((await items.lock.get())?.wait ?? 0) > 0
    if (isWaiting) browser.alarms.create(waitAlarm, { delayInMinutes: 0.5, periodInMinutes: 0.5 })
    else await browser.alarms.clear(waitAlarm)
  }

  const wrap = async (bytes: string, lock: NewLock) => wrapKey(bytes, lock, await keyring.deviceKey())

  const countDown = async (): Promise<void> => {
    if ((await items.lock.get())?.wait) await items.lock.update((lock) => lock && tries.countDown(lock))
    await watchWait()
  }

  return { open, wrap, waitLeft: tries.waitLeft, watchWait, countDown }
}

const wrongTryError = (opening: Unlocking, tries: number): ProblemError => {
  if ('secret' in opening) return new ProblemError('wrong-passkey')
  if (tries >= freeTries) return new ProblemError('unlock-later')
  return new ProblemError('wrong-pin', { what: String(freeTries - tries) })
}

/** @throws ProblemError `invalid-input` for a PIN that is too short, too long or easy to guess, or for a malformed secret of a passkey. */
export const requireValidLock = (lock: NewLock): void => {
  const isValid =
    'pin' in lock
      ? lock.pin.length >= pinLength.least && lock.pin.length <= pinLength.most && !isGuessable(lock.pin)
      : /^[A-Za-z0-9+/]{43}=$/.test(lock.secret)
  if (!isValid) throw new ProblemError('invalid-input', { field: 'pin' in lock ? 'pin' : 'passkey' })
}

/** @throws ProblemError `invalid-input` for a time that is not among the `lockTimes`. */
export const requireLockTime = (after: number): void => {
  if (!lockTimes.some((time) => time === after)) throw new ProblemError('invalid-input', { field: 'after' })
}

const SECOND = 1000
const freeTries = 5
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
