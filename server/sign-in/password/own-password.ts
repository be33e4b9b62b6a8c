import { ACCOUNT_COLUMNS, toSignedInAccount } from '../../grants/accounts.ts'
import type { Account, SignedInAccount } from '../../grants/authorization.ts'
import type { Db } from '../../store/schema.ts'
import { hasNoPassword } from './password.ts'

/** Returns the name with which a person signs in; `undefined` if the account has no password. */
export const findPasswordName = async (db: Db, { id }: Account): Promise<string | undefined> => {
  const row = await db
    .selectFrom('account')
    .select(['username', 'password_hash'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row && !hasNoPassword(row.password_hash) ? row.username : undefined
}

/**
 * Sets the password by compare-and-set on the account's generation: if it is set several times at once, in any process, one
 * succeeds. The new generation ends everything that was open.
 *
 * @returns the account in its new generation; `undefined` when it has changed since it was read.
 */
export const setPassword = async (
  trx: Db,
  { id, generation }: SignedInAccount,
  passwordHash: string,
): Promise<SignedInAccount | undefined> => {
  const { numUpdatedRows } = await trx
    .updateTable('account')
    .set({ password_hash: passwordHash })
    .where('id', '=', id)
    .where('generation', '=', generation)
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return undefined
  // Read afterwards, because a trigger counts the generation.
  const row = await trx
    .selectFrom('account')
    .select(ACCOUNT_COLUMNS)
    .where('account.id', '=', id)
    .executeTakeFirstOrThrow()
  return toSignedInAccount(row)
}
