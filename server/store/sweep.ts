import type { Clock } from '../config.ts'
import type { Store } from './store.ts'

/** Rows that one transaction deletes, approximately. Others wait for that transaction, so it must stay short. */
const BATCH = 500
/** Milliseconds after which an expired row is deleted. It is long, so that a clock that is briefly ahead deletes no valid row. */
const MARGIN = 3_600_000
const INTERVAL = 60_000

/**
 * Deletes a batch of the engine's expired records (codes, tokens, sessions, sealed answers) and a batch of counted failures. A rotated
 * refresh token is kept until its grant's window ends, because its reuse must be detected.
 *
 * @returns whether more rows are due.
 * @throws StoreUnavailable
 */
export const sweepExpired = async (store: Store, now: number): Promise<boolean> => {
  let hasMore = false
  for (const table of ['oauth_record', 'rate_limit'] as const) {
    const oldest = await store.db
      .selectFrom(table)
      .select('expires_at')
      .where('expires_at', '<=', now - MARGIN)
      .orderBy('expires_at')
      .limit(1)
      .offset(BATCH - 1)
      .executeTakeFirst()
    const until = oldest?.expires_at ?? now - MARGIN
    await store.write((trx) => trx.deleteFrom(table).where('expires_at', '<=', until).execute())
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
