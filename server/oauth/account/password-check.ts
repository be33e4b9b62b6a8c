import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import type { SignedInAccount } from '../token/authorization.ts'
import { findAccountByPassword } from './accounts.ts'
import { type Bucket, countFailure, networkOf, secondsToWait } from './rate-limit.ts'

/** A refused attempt; `record` counts it, in the transaction that logs it. */
export interface PasswordRefused {
  readonly reason: 'wrong_password' | 'too_many_attempts'
  /** Seconds; 0 when the next attempt is looked at. */
  readonly retryAfter: number
  readonly record: (trx: Db) => Promise<void>
}

/**
 * Looks at a name and a password, unless too many failed for this name or from this network. A name that does not exist
 * is treated, and takes as long, as one that does.
 */
export const checkPassword = async (
  store: Store,
  attempt: { username: string; password: string; address: string },
  now: number,
): Promise<{ account: SignedInAccount } | PasswordRefused> => {
  const buckets: Bucket[] = [
    { limit: 'account', value: attempt.username.trim().toLowerCase() },
    { limit: 'address', value: networkOf(attempt.address) },
  ]
  const retryAfter = await secondsToWait(store, buckets, now)
  if (retryAfter > 0) return { reason: 'too_many_attempts', retryAfter, record: async () => {} }
  const account = await findAccountByPassword(store, attempt.username, attempt.password)
  if (account) return { account }
  return { reason: 'wrong_password', retryAfter: 0, record: (trx) => countFailure(trx, buckets, now) }
}
