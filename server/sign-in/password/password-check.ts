import type { LoggedAccess } from '../../audit/entry/access-event.ts'
import { findAccountByName, toSignedInAccount, toUsername } from '../../grants/accounts.ts'
import type { Account, SignedInAccount } from '../../grants/authorization.ts'
import type { Store } from '../../store/store.ts'
import { isBusy } from '../../turns.ts'
import { type Bucket, networkOf, reserveTry, secondsToWait, siteOf } from '../secrets/rate-limit.ts'
import { findDevice } from './device-cookie.ts'
import { knownBrowserOf, sharersOf, UNMATCHABLE_HASH, withReservedHash } from './password.ts'

/** A successful attempt, which is not counted. */
interface PasswordAccepted {
  readonly account: SignedInAccount
}

/** A refused attempt. It is counted if its password was checked. */
interface PasswordRefused {
  readonly reason: 'wrong_password' | 'too_many_attempts' | 'busy'
  /** Seconds until the next attempt is checked; 0 if the person may try again at once. */
  readonly retryAfter: number
  /** Whose account was meant, for the access log: nothing that was typed, and no page shows it. */
  readonly meant: Pick<LoggedAccess, 'account' | 'patients' | 'details'>
}

interface PasswordAttempt {
  readonly username: string
  readonly password: string
  readonly address: string
  /** The value of the browser's device cookie (`device-cookie.ts`). */
  readonly device?: string | undefined
}

/**
 * Checks a name and a password, unless too many attempts failed: for this name or from this network, or, in a browser known
 * to the account, from this browser. Counts the attempt before checking it, and uncounts it once the password is right. An unknown
 * name is treated like a known one and takes as long.
 */
export const checkPassword = async (
  store: Store,
  attempt: PasswordAttempt,
  now: number,
): Promise<PasswordAccepted | PasswordRefused> => {
  const name = toUsername(attempt.username)
  const account = await findAccountByName(store.db, name)
  const device = await findDevice(store.db, attempt.device, account, now)
  const buckets: Bucket[] = device
    ? [{ limit: 'device', value: device.id }]
    : [
        { limit: 'account', value: name },
        { limit: 'address', value: networkOf(attempt.address) },
        { limit: 'addressSite', value: siteOf(attempt.address) },
      ]
  // First, because attempts beyond a limit take no place from anybody.
  const wait = await secondsToWait(store, buckets, now)
  if (wait > 0) return refusal('too_many_attempts', wait)
  const sharers = device && account ? knownBrowserOf(account.id) : sharersOf(name, attempt.address)
  try {
    return await withReservedHash(sharers, async (verify) => {
      const attempted = await reserveTry(store, buckets, now)
      if ('wait' in attempted) return refusal('too_many_attempts', attempted.wait)
      const result = judge(
        account,
        await verify(account?.password_hash ?? UNMATCHABLE_HASH, attempt.password),
      )
      // At once, because a right password is no failed try, whatever fails after it: a log that cannot be written, for example.
      if ('account' in result) await store.write(attempted.uncount)
      return result
    })
  } catch (error) {
    if (!isBusy(error)) throw error
    return refusal('busy', 1)
  }
}

const judge = (
  account: Awaited<ReturnType<typeof findAccountByName>>,
  matches: boolean,
): PasswordAccepted | PasswordRefused => {
  if (!account) return refusal('wrong_password', 0)
  const signedIn = toSignedInAccount(account)
  // For the person, no password is right; only the log says why.
  if (account.disabled_at !== null)
    return refusal('wrong_password', 0, { ...whoIs(signedIn), details: { state: 'disabled' } })
  if (!matches) return refusal('wrong_password', 0, whoIs(signedIn))
  return { account: signedIn }
}

/** A patient is named as the one whom the entry is about, so that it is in their own log, and can be erased. */
const whoIs = ({ id, name, patient }: Account): PasswordRefused['meant'] =>
  patient === undefined ? { patients: [], account: { id, name } } : { patients: [patient] }

const refusal = (
  reason: PasswordRefused['reason'],
  retryAfter: number,
  meant: PasswordRefused['meant'] = { patients: [] },
): PasswordRefused => ({ reason, retryAfter, meant })
