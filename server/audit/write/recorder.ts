import type { AccessKind } from '../../../values/access-kinds.ts'
import type { Clock, Config } from '../../config.ts'
import { endOf, type LastWrites } from '../../store/last-writes.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import type { LoggedAccess } from '../entry/access-event.ts'
import { appendAccess } from './log.ts'

/** Writes the access log with the server's store, clock and configuration. */
export interface Recorder {
  /**
   * Does the work and appends its entries in one transaction, so that no change lacks its entry and no entry lacks its change.
   * Opens no transaction if there is neither work nor an access. The entries are dated after the work, which may wait for others.
   *
   * @throws StoreUnavailable, and any error of `work`; the transaction is then rolled back.
   */
  record(
    accesses: LoggedAccess | readonly LoggedAccess[],
    work?: (trx: Db) => Promise<unknown>,
  ): Promise<void>
  /**
   * Appends the entries of an access that changes nothing but marks, in one transaction with those marks. Accesses that wait at the
   * same time share its statements. Opens no transaction if there is no access.
   *
   * @param marks adds the marks; gets the time of the entries.
   * @throws StoreUnavailable
   */
  recordRead(
    accesses: LoggedAccess | readonly LoggedAccess[],
    marks?: (end: LastWrites, now: number) => void,
  ): Promise<void>
  /** Appends an access to the log at the end of a transaction that is already open. */
  append(trx: Db, access: LoggedAccess): Promise<void>
  /**
   * Counts the refused request of a stranger.
   *
   * @param request its id, and the network address it came from.
   * @throws StoreUnavailable; the only answer is then 503.
   */
  recordRefusal(
    request: { readonly id: string; readonly ip: string },
    kind: AccessKind,
    reason: string,
  ): Promise<void>
}

/** What most parts of the server are made with. */
export interface ServerDeps {
  readonly config: Config
  readonly store: Store
  readonly clock: Clock
}

/** The same, for parts that write the access log. */
export interface RecordingDeps extends ServerDeps {
  readonly recorder: Recorder
}

interface RecorderDeps extends ServerDeps {
  /** Is told each access once the log has it. */
  readonly onRecorded?: ((access: LoggedAccess) => void) | undefined
}

export const createRecorder = ({ config, store, clock, onRecorded }: RecorderDeps): Recorder => {
  const appendAll = (end: LastWrites, accesses: readonly LoggedAccess[], now: number) => {
    for (const access of accesses) appendAccess(end, access, { now, config })
    if (onRecorded) end.afterCommit(() => accesses.forEach(onRecorded))
  }
  const record: Recorder['record'] = async (accesses, work) => {
    const all = [accesses].flat()
    if (!work) return recordRead(all)
    await store.write(async (trx) => {
      await work(trx)
      appendAll(endOf(trx), all, clock())
    })
  }
  const recordRead: Recorder['recordRead'] = async (accesses, marks) => {
    const all = [accesses].flat()
    if (all.length === 0 && !marks) return
    await store.writeLast((end) => {
      const now = end.date(clock())
      appendAll(end, all, now)
      marks?.(end, now)
    })
  }
  return {
    record,
    recordRead,
    append: async (trx, access) => appendAll(endOf(trx), [access], clock()),
    recordRefusal: ({ id, ip }, kind, reason) =>
      record({ kind, requestId: id, outcome: 'refused', reason, agent: { address: ip }, patients: [] }),
  }
}
