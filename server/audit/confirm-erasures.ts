import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { MOST_ERASED } from './erasure.ts'
import type { LogContext } from './log.ts'
import { logErasure, type Placed } from './log-erasure.ts'
import { takeTurn } from './sequencer.ts'

/**
 * Has the log say of every erased entry that no erasure commits to that the operator confirms it: erased by a version of
 * Carekey that did not log it. Nobody can prove when and by whom, so the log says what was confirmed, and when that was.
 *
 * @returns how many entries there were.
 * @throws StoreUnavailable; what was confirmed until then stays so.
 */
export const confirmErasures = async (store: Store, context: LogContext): Promise<number> => {
  for (let confirmed = 0; ; ) {
    const done = await store.write(async (trx) => {
      await takeTurn(trx)
      const some = await uncoveredEntries(trx)
      if (some.length > 0) await logErasure(trx, some, { ...context, confirmed: true })
      return some.length
    })
    confirmed += done
    if (done < MOST_ERASED) return confirmed
  }
}

const uncoveredEntries = (trx: Db): Promise<Placed[]> =>
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
