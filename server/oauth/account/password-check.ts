import { findAccountByName, toSignedIn } from '../../grants/accounts.ts'
import type { SignedInAccount } from '../../grants/authorization.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { findDevice } from './device-cookie.ts'
import { HashingBusy } from './hash-workers.ts'
import { NOBODYS_HASH, type verifyPassword, whenPasswordsAllow } from './password.ts'
import { type Bucket, networkOf, reserveTry } from './rate-limit.ts'

/** An attempt that holds; `settle` no longer counts it, in the transaction that logs it. */
export interface PasswordAccepted {
  readonly account: SignedInAccount
  readonly settle: (trx: Db) => Promise<void>
}

/** A refused attempt: it is counted already, where it was looked at. */
export interface PasswordRefused {
  readonly reason: 'wrong_password' | 'too_many_attempts' | 'busy'
  /** Seconds; 0 when the next attempt is looked at. */
  readonly retryAfter: number
}

export interface PasswordAttempt {
  readonly username: string
  readonly password: string
  readonly address: string
  /** What the browser presents as one that signed in before (`device-cookie.ts`). */
  readonly device?: string | undefined
}

/**
 * Looks at a name and a password, unless too many failed for this name, from this network, or, in a browser that is known
 * to the account, from this browser. The attempt is counted before it is looked at. A name that does not exist is
 * treated, and takes as long, as one that does.
 */
export const checkPassword = async (
  store: Store,
  attempt: PasswordAttempt,
  now: number,
): Promise<PasswordAccepted | PasswordRefused> => {
  try {
    return await whenPasswordsAllow((verify) => look(store, attempt, now, verify))
  } catch (error) {
    if (!(error instanceof HashingBusy)) throw error
    return refused('busy', 1)
  }
}

const look = async (
  store: Store,
  { username, password, address, device: value }: PasswordAttempt,
  now: number,
  verify: typeof verifyPassword,
): Promise<PasswordAccepted | PasswordRefused> => {
  const name = username.trim().toLowerCase()
  const account = await findAccountByName(store.db, name)
  const device = await findDevice(store.db, value, account, now)
  const buckets: Bucket[] = device
    ? [{ limit: 'device', value: device.id }]
    : [
        { limit: 'account', value: name },
        { limit: 'address', value: networkOf(address) },
      ]
  const reserved = await reserveTry(store, buckets, now)
  if ('wait' in reserved) return refused('too_many_attempts', reserved.wait)
  const matches = await verify(account?.password_hash ?? NOBODYS_HASH, password)
  if (!account || !matches) return refused('wrong_password', 0)
  return { account: toSignedIn(account), settle: reserved.giveBack }
}

const refused = (reason: PasswordRefused['reason'], retryAfter: number): PasswordRefused => ({
  reason,
  retryAfter,
})
