import type { Insertable } from 'kysely'
import type { Db, OauthRecordTable } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { AlreadyTaken, storedId } from './stored-id.ts'

/** The engine's model for a `jti` that was presented. */
export const PROOF = 'ReplayDetection'

/**
 * Stores a `jti` until its proof has expired. If several requests present it at once, only one succeeds.
 *
 * @throws AlreadyTaken when it was used before.
 */
export const takeProof = async (trx: Db, row: Insertable<OauthRecordTable>, now: number): Promise<void> => {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('oauth_record')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['model', 'id']).doUpdateSet(row).where('oauth_record.expires_at', '<=', now),
    )
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n) throw new AlreadyTaken(row.model)
}

/** Stores a `jti` outside the engine, in a transaction of its own; returns false if it was used before. */
export const tryTakeProof = async (
  store: Store,
  value: string,
  until: number,
  now: number,
): Promise<boolean> => {
  const row = { model: PROOF, id: storedId(value), payload: '{}', expires_at: until }
  try {
    await store.write((trx) => takeProof(trx, row, now))
    return true
  } catch (error) {
    if (error instanceof AlreadyTaken) return false
    throw error
  }
}
