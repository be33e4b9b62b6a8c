import { ProblemError } from '../messages/errors.ts'
import { isGuessable, lockTimes, type NewLock, pinLength } from '../messages/lock.ts'

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
