import { randomUUID } from 'node:crypto'
import type { Db } from './schema.ts'
import { findSetting, putSetting } from './settings.ts'
import type { Store } from './store.ts'

/** The setting that marks that erased values may still be in the database's files. */
const MARK = 'log.unwiped'

/**
 * Marks, in the transaction that erases values of the log, that they are still in the database's files (`wipeMarked`). The mark is
 * random, so it says nothing about whose values they are.
 */
export const markUnwiped = (trx: Db): Promise<void> => putSetting(trx, MARK, randomUUID())

/** Whether values that were erased may still be in the database's files. */
export const isUnwiped = async (db: Db): Promise<boolean> => (await findSetting(db, MARK)) !== undefined

/**
 * Rewrites the log's tables if they are marked. The mark goes only then, so that a later call does it if this one is interrupted; a
 * mark that another process made meanwhile stays.
 *
 * @throws StoreUnavailable
 */
export const wipeMarked = async (store: Store): Promise<void> => {
  const mark = await findSetting(store.db, MARK)
  if (mark === undefined) return
  // The first has rows of every erasure.
  await store.wipe('audit_event', 'audit_patient')
  await store.write((trx) =>
    trx.deleteFrom('setting').where('name', '=', MARK).where('value', '=', mark).execute(),
  )
}
