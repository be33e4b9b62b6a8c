import { type Kysely, sql } from 'kysely'
import type { Clock } from '../config.ts'
import type { Store } from './store.ts'

/** Rows that one transaction deletes, approximately. Others wait for that transaction, so it must stay short. */
const BATCH = 500
const MINUTE = 60_000
/** Selects begun authorizations. Without parameters, so that the index serves. */
const BEGUN = sql<boolean>`model = 'Interaction'`
/**
 * Which expired rows are deleted, and how many milliseconds later: after a long time, so that a clock that is ahead deletes no row that
 * another server's clock calls valid. Begun authorizations go soon, because strangers store them, and a person who loses one only signs
 * in again.
 */
const EXPIRED = [
  { table: 'oauth_record', rows: BEGUN, margin: MINUTE },
  { table: 'oauth_record', rows: sql<boolean>`true`, margin: 60 * MINUTE },
  { table: 'rate_limit', rows: sql<boolean>`true`, margin: 60 * MINUTE },
] as const
const INTERVAL = MINUTE

/** Creates the index by which begun authorizations are found among the tokens that expired in the last hour. */
export const indexBegun = (db: Kysely<unknown>) =>
  db.schema
    .createIndex('oauth_record_begun')
    .on('oauth_record')
    .columns(['model', 'expires_at'])
    .where(BEGUN)
    .execute()

/**
 * Deletes a batch of begun authorizations, of the engine's other expired records (codes, tokens, sessions, sealed answers), and of
 * counted failures. A rotated refresh token is kept until its grant's window ends, because its reuse must be detected.
 *
 * @returns whether more rows are due.
 * @throws StoreUnavailable
 */
export const sweepExpired = async (store: Store, now: number): Promise<boolean> => {
  let hasMore = false
  for (const { table, rows, margin } of EXPIRED) {
    const oldest = await store.db
      .selectFrom(table)
      .select('expires_at')
      .where('expires_at', '<=', now - margin)
      .where(rows)
      .orderBy('expires_at')
      .limit(1)
      .offset(BATCH - 1)
      .executeTakeFirst()
    const until = oldest?.expires_at ?? now - margin
    await store.write((trx) => trx.deleteFrom(table).where('expires_at', '<=', until).where(rows).execute())
    hasMore ||= oldest !== undefined
  }
  return hasMore
}

/** Deletes batches until no row is due, so that rows are not added faster than they are deleted. */
const sweepAll = async (store: Store, now: number, isOver: () => boolean): Promise<void> => {
  while (!isOver() && (await sweepExpired(store, now)));
}

/** Sweeps every minute. @returns a function that stops this, and resolves when no sweep is running. */
export const sweepRegularly = (store: Store, clock: Clock): (() => Promise<void>) => {
  let sweeping: Promise<void> | undefined
  let isOver = false
  const timer = setInterval(() => {
    // If the store is unavailable, the next run continues.
    sweeping ??= sweepAll(store, clock(), () => isOver)
      .catch(() => undefined)
      .finally(() => {
        sweeping = undefined
      })
  }, INTERVAL).unref()
  return async () => {
    isOver = true
    clearInterval(timer)
    await sweeping
  }
}
