import { sql } from 'kysely'
import { storedId } from '../../grants/stored-id.ts'
import { networkOf as networkAt } from '../../ip-address.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'

/** The failures allowed in a period of `seconds`; then the rest of the period must pass. Successes do not count. */
interface Limit {
  readonly failures: number
  readonly seconds: number
}

/** The limits. None is permanent, and an application's failures on one network do not block it on others. */
export const LIMITS = {
  /** Passwords tried for one name, from browsers that never signed in with it; unsuitable ones, for one link. */
  account: { failures: 10, seconds: 300 },
  /** Passwords tried from one network, for any name, from browsers that never signed in with it. */
  address: { failures: 50, seconds: 300 },
  /** The same for all networks of one site. Each has its entry in the log (`count-refusal.ts`), so no more than for two IPv4 addresses. */
  addressSite: { failures: 100, seconds: 300 },
  /** Passwords tried for one name from one browser that signed in with it before. */
  device: { failures: 10, seconds: 300 },
  /** Secrets tried for one application from one network. */
  client: { failures: 20, seconds: 60 },
  /** The same from all networks of one site (`siteOf`). */
  clientSite: { failures: 200, seconds: 60 },
  /** Authorizations begun from one network that nobody has signed in to. */
  authorization: { failures: 300, seconds: 300 },
  /** The same for all networks of one site. */
  authorizationSite: { failures: 1_000, seconds: 300 },
  /** Authorizations begun from one browser in which somebody signed in before, when its network may begin no more. */
  authorizationBrowser: { failures: 30, seconds: 300 },
  /** Codes of another company that one network presented and that signed nobody in. */
  partner: { failures: 20, seconds: 300 },
  /** Codes of another company that one network presented, whatever became of them. */
  partnerCodes: { failures: 20, seconds: 60 },
  /** The same two for all networks of one site. */
  partnerSite: { failures: 20, seconds: 300 },
  partnerCodesSite: { failures: 20, seconds: 60 },
  /** The state of a sign-in with another company, for as long as it is valid, so that it is used once. */
  partnerState: { failures: 1, seconds: 900 },
} as const satisfies Record<string, Limit>

export interface Bucket {
  readonly limit: keyof typeof LIMITS
  /** Stored as a hash, because a person may type a password in place of the name. */
  readonly value: string
}

/** An attempt that may be checked. It already counts as failed, even if this process crashes. */
export interface ReservedTry {
  /** The end of the period in which it counts, in milliseconds. */
  readonly countsUntil: number
  /** Uncounts an attempt that succeeded or was not checked. */
  uncount(trx: Db): Promise<void>
}

/** An attempt that must not be checked. */
interface RefusedTry {
  /** Seconds until the next attempt may be checked. */
  readonly wait: number
}

/**
 * Counts an attempt before it is checked, in all buckets or in none, so that concurrent attempts in several processes on
 * this database cannot exceed the limit.
 */
export const reserveTry = async (
  store: Store,
  buckets: readonly Bucket[],
  now: number,
): Promise<ReservedTry | RefusedTry> => {
  // Read first, so that a flood is refused without a write.
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
  const countedRows: { bucket: string; expires_at: number }[] = []
  // Always in the same order, so that two transactions cannot deadlock.
  for (const bucket of buckets.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))) {
    const { failures, seconds } = LIMITS[bucket.limit]
    const expires_at = now + seconds * 1000
    const isExpired = sql<boolean>`rate_limit.expires_at <= ${now}`
    const row = await trx
      .insertInto('rate_limit')
      .values({ bucket: nameOf(bucket), failures: 1, expires_at })
      .onConflict((conflict) =>
        conflict
          .column('bucket')
          .doUpdateSet({
            failures: sql`case when ${isExpired} then 1 else rate_limit.failures + 1 end`,
            expires_at: sql`case when ${isExpired} then ${expires_at} else rate_limit.expires_at end`,
          })
          .where((eb) => eb.or([isExpired, eb('rate_limit.failures', '<', failures)])),
      )
      .returning(['rate_limit.bucket', 'rate_limit.expires_at'])
      .executeTakeFirst()
    if (!row) throw new LimitReached()
    countedRows.push(row)
  }
  return {
    countsUntil: Math.min(...countedRows.map((row) => Number(row.expires_at))),
    uncount: async (trx) => {
      for (const { bucket, expires_at } of countedRows) {
        await trx
          .updateTable('rate_limit')
          .set(({ eb }) => ({ failures: eb('failures', '-', 1) }))
          .where('bucket', '=', bucket)
          // A count that has started again meanwhile does not include this attempt.
          .where('expires_at', '=', expires_at)
          .execute()
      }
    },
  }
}

/** Reduces the current count of each bucket by one, regardless of which attempt it was. */
export const uncountOne = async (trx: Db, buckets: readonly Bucket[], now: number): Promise<void> => {
  for (const name of buckets.map(nameOf).toSorted())
    await trx
      .updateTable('rate_limit')
      .set(({ eb }) => ({ failures: eb('failures', '-', 1) }))
      .where('bucket', '=', name)
      .where('failures', '>', 0)
      .where('expires_at', '>', now)
      .execute()
}

const nameOf = ({ limit, value }: Bucket): string => `${limit}:${storedId(value)}`

/** Returns what attempts are counted for: one IPv4 address, or a /64, which usually belongs to one household. */
export const networkOf = (address: string): string => networkAt(address, { ipv4: 32, ipv6: 64 })

/**
 * Returns the largest block of addresses that one customer usually gets: a /48, which has 65,536 networks. An IPv4 address stands for
 * itself, because its neighbors belong to others, and many people behind a carrier's NAT share it already.
 */
export const siteOf = (address: string): string => networkAt(address, { ipv4: 32, ipv6: 48 })

/** Returns the seconds until the next attempt may be checked; 0 if now. */
export const secondsToWait = async (
  store: Store,
  buckets: readonly Bucket[],
  now: number,
): Promise<number> => {
  const rows = await store.db
    .selectFrom('rate_limit')
    .select(['bucket', 'failures', 'expires_at'])
    .where('bucket', 'in', buckets.map(nameOf))
    .where('expires_at', '>', now)
    .execute()
  const waits = buckets.map((bucket) => {
    const row = rows.find((each) => each.bucket === nameOf(bucket))
    if (!row || row.failures < LIMITS[bucket.limit].failures) return 0
    // Never longer than the limit, even if the clock was set back.
    return Math.min(LIMITS[bucket.limit].seconds, Math.ceil((row.expires_at - now) / 1000))
  })
  return Math.max(0, ...waits)
}
