import { sql } from 'kysely'
import { storedId } from '../../grants/stored-id.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'

/** So many failures in so many seconds, then the rest of that time is waited out. Success is never limited. */
interface Limit {
  readonly failures: number
  readonly seconds: number
}

/** By what is counted. A limit is never permanent, and another address is not made to wait for a client's mistakes. */
export const LIMITS = {
  /** Passwords tried for one name, from browsers that never signed in with it. */
  account: { failures: 10, seconds: 300 },
  /** Passwords tried from one network, for whomever, from such browsers. */
  address: { failures: 50, seconds: 300 },
  /** Passwords tried for one name from one browser that signed in with it before. */
  device: { failures: 10, seconds: 300 },
  /** Secrets tried for one application from one network. */
  client: { failures: 20, seconds: 60 },
  /** Authorizations begun from one network that nobody has signed in to. */
  authorization: { failures: 300, seconds: 300 },
} as const satisfies Record<string, Limit>

export interface Bucket {
  readonly limit: keyof typeof LIMITS
  /** Kept as its hash: a mistyped name may be a password. */
  readonly value: string
}

/** A try that may be looked at. It counts as failed from now on, whatever becomes of this process. */
export interface ReservedTry {
  /** Takes the count back because the try succeeded, or was not looked at. Belongs in the transaction that logs it. */
  giveBack(trx: Db): Promise<void>
}

/** A try that may not be looked at. */
export interface RefusedTry {
  /** Seconds until the next one may be. */
  readonly wait: number
}

/**
 * Counts a try before anything is worked on, in every bucket or in none: of all who try at once, in every process on this
 * database, no more than the limit are looked at.
 */
export const reserveTry = async (
  store: Store,
  buckets: readonly Bucket[],
  now: number,
): Promise<ReservedTry | RefusedTry> => {
  // A flood is turned away by a read; only what may succeed writes.
  const wait = await secondsToWait(store, buckets, now)
  if (wait > 0) return { wait }
  try {
    return await store.write((trx) => reserve(trx, buckets, now))
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error
    return { wait: Math.max(1, await secondsToWait(store, buckets, now)) }
  }
}

class LimitReached extends Error {}

const reserve = async (trx: Db, buckets: readonly Bucket[], now: number): Promise<ReservedTry> => {
  const counted: { bucket: string; expires_at: number }[] = []
  // In one order everywhere, so that no two transactions wait for each other.
  for (const bucket of buckets.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))) {
    const { failures, seconds } = LIMITS[bucket.limit]
    const expires_at = now + seconds * 1000
    const isOver = sql<boolean>`rate_limit.expires_at <= ${now}`
    const row = await trx
      .insertInto('rate_limit')
      .values({ bucket: nameOf(bucket), failures: 1, expires_at })
      .onConflict((conflict) =>
        conflict
          .column('bucket')
          .doUpdateSet({
            failures: sql`case when ${isOver} then 1 else rate_limit.failures + 1 end`,
            expires_at: sql`case when ${isOver} then ${expires_at} else rate_limit.expires_at end`,
          })
          .where((eb) => eb.or([isOver, eb('rate_limit.failures', '<', failures)])),
      )
      .returning(['rate_limit.bucket', 'rate_limit.expires_at'])
      .executeTakeFirst()
    if (!row) throw new LimitReached()
    counted.push(row)
  }
  return {
    giveBack: async (trx) => {
      for (const { bucket, expires_at } of counted) {
        await trx
          .updateTable('rate_limit')
          .set(({ eb }) => ({ failures: eb('failures', '-', 1) }))
          .where('bucket', '=', bucket)
          // A count that began anew meanwhile does not hold this try.
          .where('expires_at', '=', expires_at)
          .execute()
      }
    },
  }
}

/** Takes one off what is counted now, whichever of the tries it was. */
export const giveOneBack = async (trx: Db, bucket: Bucket, now: number): Promise<void> => {
  await trx
    .updateTable('rate_limit')
    .set(({ eb }) => ({ failures: eb('failures', '-', 1) }))
    .where('bucket', '=', nameOf(bucket))
    .where('failures', '>', 0)
    .where('expires_at', '>', now)
    .execute()
}

const nameOf = ({ limit, value }: Bucket): string => `${limit}:${storedId(value)}`

/** The network an address belongs to: IPv6 as its /64, which one household has to itself. */
export const networkOf = (address: string): string => {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':').filter(Boolean)
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter(Boolean).length
  const all = [
    ...groups,
    ...Array.from({ length: missing }, () => '0'),
    ...(tail?.split(':').filter(Boolean) ?? []),
  ]
  return `${all.slice(0, 4).join(':')}::/64`
}

/** Seconds until the next attempt is looked at; 0 when it is looked at now. */
const secondsToWait = async (store: Store, buckets: readonly Bucket[], now: number): Promise<number> => {
  const rows = await store.db
    .selectFrom('rate_limit')
    .select(['bucket', 'failures', 'expires_at'])
    .where('bucket', 'in', buckets.map(nameOf))
    .where('expires_at', '>', now)
    .execute()
  const waits = buckets.map((bucket) => {
    const row = rows.find((each) => each.bucket === nameOf(bucket))
    if (!row || row.failures < LIMITS[bucket.limit].failures) return 0
    // A clock that was set back makes nobody wait longer than the limit says.
    return Math.min(LIMITS[bucket.limit].seconds, Math.ceil((row.expires_at - now) / 1000))
  })
  return Math.max(0, ...waits)
}
