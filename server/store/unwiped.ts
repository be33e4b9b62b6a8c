import { randomUUID } from 'node:crypto'
import type { Db } from './schema.ts'
import { findSetting, putSetting } from './settings.ts'
import type { Store } from './store.ts'

/** The tables from which values are deleted for good; the first of each has rows of every deletion. */
const TABLES = { keys: ['setting'], log: ['audit_event', 'audit_patient'] } as const

type Wiped = keyof typeof TABLES

const nameOf = (wiped: Wiped) => `${wiped}.unwiped`

/**
 * Marks, in the transaction that deletes values, that they are still in the database's files (`wipeMarked`). The mark is random, so it
 * says nothing about whose values they are.
 */
export const markUnwiped = (trx: Db, wiped: Wiped): Promise<void> =>
  putSetting(trx, nameOf(wiped), randomUUID())

/** Whether values that were deleted may still be in the database's files. */
export const isUnwiped = async (db: Db, wiped: Wiped): Promise<boolean> =>
  (await findSetting(db, nameOf(wiped))) !== undefined

/**
 * Rewrites the tables if they are marked. The mark goes only then, so that a later call does it if this one is interrupted; a mark
 * that another process made meanwhile stays.
 *
 * @throws StoreUnavailable
 */
export const wipeMarked = async (store: Store, wiped: Wiped): Promise<void> => {
  const mark = await findSetting(store.db, nameOf(wiped))
  if (mark === undefined) return
  await store.wipe(...TABLES[wiped])
  await store.write((trx) =>
    trx.deleteFrom('setting').where('name', '=', nameOf(wiped)).where('value', '=', mark).execute(),
  )
}
