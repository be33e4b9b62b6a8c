import type { Clock } from '../config.ts'
import type { Store } from './store.ts'

/** Approximate number of rows that one transaction deletes, so that nobody waits long for it. */
const BATCH = 500
/** Rows are deleted this long after their end, so that a clock that is briefly ahead deletes no valid row; milliseconds. */
const MARGIN = 3_600_000
const EVERY = 60_000

/**
 * Deletes a batch each of expired codes, tokens, sessions, sealed answers and counted failures. A rotated refresh token is kept
 * until its grant's window ends, because presenting it again must be detected.
 *
 * @returns whether more rows are due.
 * @throws StoreUnavailable
 */
export const sweepExpired = async (store: Store, now: number): Promise<boolean> => {
  let isMore = false
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
    isMore ||= oldest !== undefined
  }
  return isMore
}

/** Deletes batches until none is due, so that a minute's rows are deleted within a minute. */
const sweepAll = async (store: Store, now: number, isOver: () => boolean): Promise<void> => {
  while (!isOver() && (await sweepExpired(store, now)));
}

/** Sweeps every minute. @returns a function that stops it, and resolves when no sweep is running. */
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
  }, EVERY).unref()
  return async () => {
    isOver = true
    clearInterval(timer)
    await sweeping
  }
}
