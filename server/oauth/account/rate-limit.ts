import { sql } from 'kysely'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { storedId } from '../engine/stored-id.ts'

/** So many failures in so many seconds, then the rest of that time is waited out. Success is never limited. */
interface Limit {
  readonly failures: number
  readonly seconds: number
}

/** By what is counted. A limit is never permanent, and another address is not made to wait for a client's mistakes. */
export const LIMITS = {
  /** Passwords tried for one name, from wherever. */
  account: { failures: 10, seconds: 300 },
  /** Passwords tried from one network, for whomever. */
  address: { failures: 50, seconds: 300 },
  /** Secrets tried for one application from one network. */
  client: { failures: 20, seconds: 60 },
} as const satisfies Record<string, Limit>

export interface Bucket {
  readonly limit: keyof typeof LIMITS
  /** Kept as its hash: a mistyped name may be a password. */
  readonly value: string
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
    // A clock that was set back makes nobody wait longer than the limit says.
    return Math.min(LIMITS[bucket.limit].seconds, Math.ceil((row.expires_at - now) / 1000))
  })
  return Math.max(0, ...waits)
}

/** Counts a failure, in the transaction that logs it. */
export const countFailure = async (trx: Db, buckets: readonly Bucket[], now: number): Promise<void> => {
  for (const bucket of buckets) {
    const expires_at = now + LIMITS[bucket.limit].seconds * 1000
    const over = sql<boolean>`rate_limit.expires_at <= ${now}`
    await trx
      .insertInto('rate_limit')
      .values({ bucket: nameOf(bucket), failures: 1, expires_at })
      .onConflict((conflict) =>
        conflict.column('bucket').doUpdateSet({
          failures: sql`case when ${over} then 1 else rate_limit.failures + 1 end`,
          expires_at: sql`case when ${over} then ${expires_at} else rate_limit.expires_at end`,
        }),
      )
      .execute()
  }
}
