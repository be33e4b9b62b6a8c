import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { MOST_ERASED } from './erasure.ts'
import type { LogContext } from './log.ts'
import { logErasure, type PlacedEntry } from './log-erasure.ts'
import { takeTurn } from './sequencer.ts'

/**
 * Logs the operator's confirmation for all erased entries that no logged erasure covers, because an earlier version of Carekey
 * erased them without logging it. Nobody can prove when and by whom, so the log says what was confirmed, and when.
 *
 * @returns how many entries were confirmed.
 * @throws StoreUnavailable; entries that were confirmed before stay confirmed.
 */
export const confirmErasures = async (store: Store, context: LogContext): Promise<number> => {
  for (let confirmed = 0; ; ) {
    const count = await store.write(async (trx) => {
      await takeTurn(trx)
      const uncovered = await uncoveredEntries(trx)
      if (uncovered.length > 0) await logErasure(trx, uncovered, { ...context, confirmed: true })
      return uncovered.length
    })
    confirmed += count
    if (count < MOST_ERASED) return confirmed
  }
}

const uncoveredEntries = (trx: Db): Promise<PlacedEntry[]> =>
  trx
    .selectFrom('audit_event')
    .innerJoin('audit_leaf', 'audit_leaf.seq', 'audit_event.seq')
    .leftJoin('audit_erasure', 'audit_erasure.seq', 'audit_event.seq')
    .select(['audit_event.seq', 'index'])
    .where('salt', 'is', null)
    .where('audit_erasure.seq', 'is', null)
    .orderBy('index')
    .limit(MOST_ERASED)
    .execute()
