import type { Clock } from '../config.ts'
import type { Store } from './store.ts'

/** Rows that one transaction takes away, about: nobody waits long for it. */
const BATCH = 500
/** A clock that was ahead for a while has taken nothing that is still good, in milliseconds. */
const MARGIN = 3_600_000
const EVERY = 60_000

/**
 * Deletes codes, tokens, sessions, sealed answers and counted failures whose time is over, a batch each. A refresh token
 * that was rotated has time until its grant's window ends: until then, presenting it again is noticed.
 *
 * @returns whether there is more to take away.
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

/** Batch after batch, so that what anybody may add in a minute is taken away in a minute. */
const sweepAll = async (store: Store, now: number, isOver: () => boolean): Promise<void> => {
  while (!isOver() && (await sweepExpired(store, now)));
}

/** Sweeps every minute. @returns what stops it; it resolves when nothing is under way. */
export const sweepRegularly = (store: Store, clock: Clock): (() => Promise<void>) => {
  let sweeping: Promise<void> | undefined
  let isOver = false
  const timer = setInterval(() => {
    // What is unavailable now is swept later.
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
