import { type Config, fhirBase } from '../../config.ts'
import { compileOnce } from '../../store/compile-once.ts'
import type { AccountTable } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import type { Account } from '../token/authorization.ts'
import { hashPassword, verifyPassword } from './password.ts'

export const findAccountById = async (store: Store, id: string): Promise<Account | undefined> => {
  const [row] = await findRow(store.db, { id })
  return row && toAccount(row)
}

const findRow = compileOnce((db, { id }: { id: string }) =>
  db.selectFrom('account').select(['id', 'name', 'role', 'patient', 'practitioner']).where('id', '=', id),
)

/** The account of this name and password. Takes as long for an unknown name as for a wrong password. */
export const findAccountByPassword = async (
  store: Store,
  username: string,
  password: string,
): Promise<Account | undefined> => {
  const row = await store.db
    .selectFrom('account')
    .selectAll()
    .where('username', '=', username.trim().toLowerCase())
    .executeTakeFirst()
  const matches = await verifyPassword(row?.password_hash ?? (await unknownHash()), password)
  return row && matches ? toAccount(row) : undefined
}

let unknown: Promise<string> | undefined
const unknownHash = (): Promise<string> => (unknown ??= hashPassword('nobody has this password'))

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
