import type { Insertable, Selectable } from 'kysely'
import { plainSpaces, readableName } from '../../values/readable-name.ts'
import { type Config, fhirBase } from '../config.ts'
import type { AccountTable, Db, OauthRecordTable } from '../store/schema.ts'
import { compileOnce } from '../store/statements/compile-once.ts'
import type { Store } from '../store/store.ts'
import type { Account, SignedInAccount } from './authorization.ts'

/** Finds an account even if nobody may sign in to it. Use it to name a person, and for nothing else. */
export const findAccountById = async (store: Store, id: string): Promise<Account | undefined> => {
  const [row] = await findRow(store.db, { id })
  return row && toAccount(row)
}

/** Finds the account of a sign-in if it is not disabled and has not changed since then. */
export const findSignedInAccount = async (
  store: Store,
  signIn: { accountId: string; generation: number },
): Promise<SignedInAccount | undefined> => {
  const [row] = await findRow(store.db, { id: signIn.accountId })
  if (!row || row.disabled_at !== null || row.generation !== signIn.generation) return undefined
  return toSignedInAccount(row)
}

const findRow = compileOnce((db, { id }: { id: string }) =>
  db.selectFrom('account').select(ACCOUNT_COLUMNS).select('account.disabled_at').where('account.id', '=', id),
)

/**
 * Returns the form in which the name to sign in with is stored and looked up: names that look the same, although they are typed in
 * another case, with more blanks or with separate accents, are one.
 */
export const toUsername = (name: string): string => plainSpaces(name).toLowerCase().normalize('NFC')

/** Finds the account that has this name, with the hash of its password; also a disabled one, to which nobody may sign in. */
export const findAccountByName = (db: Db, username: string): Promise<Selectable<AccountTable> | undefined> =>
  db.selectFrom('account').selectAll().where('username', '=', username).executeTakeFirst()

/**
 * Finds an account, and holds it until the transaction ends: nobody removes or changes it meanwhile. Code that removes the
 * account, or stores something for it, calls this first.
 */
export const holdAccount = (trx: Db, username: string) =>
  trx
    .updateTable('account')
    .set((eb) => ({ name: eb.ref('name') }))
    .where('username', '=', username)
    .returning([...ACCOUNT_COLUMNS, 'account.disabled_at'])
    .executeTakeFirst()

/** Holds an account in the same way. */
export const holdAccountById = async (trx: Db, id: string): Promise<void> => {
  await trx
    .updateTable('account')
    .set((eb) => ({ name: eb.ref('name') }))
    .where('id', '=', id)
    .execute()
}

/**
 * Removes an account with its sessions, and ends its grants, of which the sweep deletes codes and tokens (`endGrant`).
 *
 * @returns how many grants.
 */
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

export const ACCOUNT_COLUMNS = [
  'account.id',
  'account.name',
  'account.role',
  'account.patient',
  'account.practitioner',
  'account.generation',
] as const

/**
 * The model of a pending authorization, from an application's request to its answer. Once somebody signs in to it, it is bound to
 * their account.
 */
export const INTERACTION = 'Interaction'

/**
 * Selects records of a model that are bound to an account which may still act: it is not disabled, and has not changed since the
 * record was stored.
 */
export const boundRecords = (db: Db, model: string) =>
  db
    .selectFrom('oauth_record as record')
    .innerJoin('account', (join) =>
      join
        .onRef('account.id', '=', 'record.account_id')
        .onRef('account.generation', '=', 'record.account_generation')
        .on('account.disabled_at', 'is', null),
    )
    .where('record.model', '=', model)

/** Stores a record that is bound to an account as it is now. */
export const storeBoundRecord = async (
  trx: Db,
  { id, generation }: Pick<SignedInAccount, 'id' | 'generation'>,
  record: Insertable<OauthRecordTable>,
): Promise<void> => {
  await trx
    .insertInto('oauth_record')
    .values({ ...record, account_id: id, account_generation: generation })
    .execute()
}

type AccountRow = Pick<
  Selectable<AccountTable>,
  'id' | 'name' | 'role' | 'patient' | 'practitioner' | 'generation'
>

export const toSignedInAccount = (row: AccountRow): SignedInAccount => ({
  ...toAccount(row),
  generation: row.generation,
})

export const toAccount = (
  row: Pick<AccountTable, 'id' | 'name' | 'role' | 'patient' | 'practitioner'>,
): Account => ({
  id: row.id,
  name: readableName(row.name),
  role: row.role,
  ...(row.patient !== null && { patient: row.patient }),
  ...(row.practitioner !== null && { practitioner: row.practitioner }),
})

/** Returns the person as a FHIR reference, relative to the base; administrators have none. */
export const fhirUser = (account: Account): string | undefined => {
  if (account.patient !== undefined) return `Patient/${account.patient}`
  if (account.practitioner !== undefined) return `Practitioner/${account.practitioner}`
  return undefined
}

/** Returns the `fhirUser` claim, a full URL (SMART App Launch 2.2, section 3.4). */
export const fhirUserClaim = (config: Config, account: Account): string | undefined => {
  const reference = fhirUser(account)
  return reference && `${fhirBase(config)}/${reference}`
}
