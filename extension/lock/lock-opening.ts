import browser from 'webextension-polyfill'
import { ProblemError } from '../messages/errors.ts'
import { isGuessable, lockTimes, type NewLock, pinLength, type Unlocking } from '../messages/lock.ts'
import { items } from '../storage/items.ts'
import { unwrapKey, wrapKey } from '../storage/wrapped-key.ts'
import type { Keyring } from './keyring.ts'
import { createWrongTries, freeTries, noWrongTries } from './wrong-tries.ts'

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
