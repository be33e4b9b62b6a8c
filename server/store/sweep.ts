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
 * @throws StoreUnavailable
 */
export const sweepExpired = async (store: Store, now: number): Promise<void> => {
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
  }
}

/** Sweeps every minute. @returns what stops it; it resolves when nothing is under way. */
export const sweepRegularly = (store: Store, clock: Clock): (() => Promise<void>) => {
  let sweeping = Promise.resolve()
  const timer = setInterval(() => {
    // What is unavailable now is swept later.
    sweeping = sweepExpired(store, clock()).catch(() => undefined)
  }, EVERY).unref()
  return async () => {
    clearInterval(timer)
    await sweeping
  }
}
