import type { Clock } from '../../config.ts'
import type { Db } from '../../store/schema.ts'
import { findSetting } from '../../store/settings.ts'
import { LATEST_TIME } from '../../store/statements/latest-time.ts'

/** Returns the latest time in the database, or 0 if there is none. */
export const latestTime = async (db: Db): Promise<number> => {
  const entry = await db
    .selectFrom('audit_event')
    .select('recorded')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  // Whoever can write the database can store something that is not a time.
  return Math.max(entry?.recorded ?? 0, Number(await findSetting(db, LATEST_TIME)) || 0)
}

/**
 * Returns the time, never earlier than the latest in the database (docs/decisions/0036). Call it in the transaction that dates something by
 * it, after everything that the transaction waits for: a time from before the wait would be too early.
 */
export const timeIn = async (trx: Db, clock: Clock): Promise<number> =>
  Math.max(clock(), await latestTime(trx))
