import type { Db } from '../store/schema.ts'

/** Removes an account with its sessions, and ends its grants. Returns how many grants. */
export const removeAccount = async (trx: Db, id: string, now: number): Promise<number> => {
  const { numUpdatedRows } = await trx
    .updateTable('consent')
    .set({ revoked_at: now })
    .where('account_id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  await trx.deleteFrom('oauth_record').where('account_id', '=', id).execute()
  await trx.deleteFrom('account').where('id', '=', id).execute()
  return Number(numUpdatedRows)
}
