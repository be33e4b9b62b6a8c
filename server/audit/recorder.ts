import type { Clock, Config } from '../config.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { Access, AccessKind } from './access.ts'
import { appendAccess } from './log.ts'

/** Writes the access log of a server that runs: with its store, by its clock, in its organization's name. */
export interface Recorder {
  /**
   * Does the work and appends its entries in one transaction: there is neither a change without its entry nor an entry
   * without its change. With nothing to do and nothing to append, no transaction is opened.
   *
   * @param work is told the time that its entries get, in milliseconds since 1970.
   * @throws StoreUnavailable, and what `work` throws; then nothing of either remains.
   */
  record(
    accesses: Access | readonly Access[],
    work?: (trx: Db, now: number) => Promise<unknown>,
  ): Promise<void>
  /** Appends an entry to a transaction that is open. */
  append(trx: Db, access: Access): Promise<void>
  /**
   * Records the refusal of a request by nobody who is known; it is counted among those of strangers.
   *
   * @param request its id, and the network address it came from.
   * @throws StoreUnavailable: then nothing may be answered but 503.
   */
  recordRefusal(
    request: { readonly id: string; readonly ip: string },
    kind: AccessKind,
    reason: string,
  ): Promise<void>
}

export interface RecorderDeps {
  readonly config: Config
  readonly store: Store
  readonly clock: Clock
}

export const createRecorder = ({ config, store, clock }: RecorderDeps): Recorder => {
  const record: Recorder['record'] = async (accesses, work) => {
    const all = [accesses].flat()
    if (all.length === 0 && !work) return
    await store.write(async (trx) => {
      const now = clock()
      await work?.(trx, now)
      for (const access of all) await appendAccess(trx, access, { now, config })
    })
  }
  return {
    record,
    append: (trx, access) => appendAccess(trx, access, { now: clock(), config }),
    recordRefusal: ({ id, ip }, kind, reason) =>
      record({ kind, requestId: id, outcome: 'refused', reason, agent: { address: ip }, patients: [] }),
  }
}
