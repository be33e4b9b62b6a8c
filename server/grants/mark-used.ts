import type { Db } from '../store/schema.ts'
import type { Authorization } from './authorization.ts'

const MINUTE = 60_000

/** Keeps when an application last came with this grant, for `B/account`. Once a minute is enough, and costs nothing else. */
export const markUsed =
  ({ grantId, grantUsedAt = 0 }: Pick<Authorization, 'grantId' | 'grantUsedAt'>) =>
  async (trx: Db, now: number): Promise<void> => {
    if (grantId === undefined || now - grantUsedAt < MINUTE) return
    await trx.updateTable('consent').set({ last_used_at: now }).where('grant_id', '=', grantId).execute()
  }
