import type { Selectable } from 'kysely'
import { type Config, fhirBase } from '../../config.ts'
import { compileOnce } from '../../store/compile-once.ts'
import type { AccountTable } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import type { Account, SignedInAccount } from '../token/authorization.ts'
import { hashPassword, verifyPassword } from './password.ts'

/** The account whether or not anybody may sign in to it: to name a person, and for nothing else. */
export const findAccountById = async (store: Store, id: string): Promise<Account | undefined> => {
  const [row] = await findRow(store.db, { id })
  return row && toAccount(row)
}

/** The account as long as its person may act: it is not disabled, and nothing has changed since they signed in. */
export const findSignedIn = async (
  store: Store,
  signIn: { accountId: string; generation: number },
): Promise<SignedInAccount | undefined> => {
  const [row] = await findRow(store.db, { id: signIn.accountId })
  if (!row || row.disabled_at !== null || row.generation !== signIn.generation) return undefined
  return toSignedIn(row)
}

const findRow = compileOnce((db, { id }: { id: string }) =>
  db.selectFrom('account').select(ACCOUNT_COLUMNS).select('account.disabled_at').where('account.id', '=', id),
)

/**
 * The account of this name and password; nobody signs in to a disabled one. Takes as long for an unknown name as for a
 * wrong password.
 */
export const findAccountByPassword = async (
  store: Store,
  username: string,
  password: string,
): Promise<SignedInAccount | undefined> => {
  const row = await store.db
    .selectFrom('account')
    .selectAll()
    .where('username', '=', username.trim().toLowerCase())
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  const matches = await verifyPassword(row?.password_hash ?? (await unknownHash()), password)
  return row && matches ? toSignedIn(row) : undefined
}

let unknown: Promise<string> | undefined
const unknownHash = (): Promise<string> => (unknown ??= hashPassword('nobody has this password'))

export const ACCOUNT_COLUMNS = [
  'account.id',
  'account.name',
  'account.role',
  'account.patient',
  'account.practitioner',
  'account.generation',
] as const

type AccountRow = Pick<
  Selectable<AccountTable>,
  'id' | 'name' | 'role' | 'patient' | 'practitioner' | 'generation'
>

export const toSignedIn = (row: AccountRow): SignedInAccount => ({
  ...toAccount(row),
  generation: row.generation,
})

export const toAccount = (
  row: Pick<AccountTable, 'id' | 'name' | 'role' | 'patient' | 'practitioner'>,
): Account => ({
  id: row.id,
  name: row.name,
  role: row.role,
  ...(row.patient !== null && { patient: row.patient }),
  ...(row.practitioner !== null && { practitioner: row.practitioner }),
})

/** The person as a FHIR reference, relative to the base; administrators have none. */
export const fhirUser = (account: Account): string | undefined => {
  if (account.patient !== undefined) return `Patient/${account.patient}`
  if (account.practitioner !== undefined) return `Practitioner/${account.practitioner}`
  return undefined
}

/** The `fhirUser` claim is a full URL (SMART App Launch 2.2, section 3.4). */
export const fhirUserClaim = (config: Config, account: Account): string | undefined => {
  const reference = fhirUser(account)
  return reference && `${fhirBase(config)}/${reference}`
}
