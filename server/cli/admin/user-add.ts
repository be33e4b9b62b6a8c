import { randomUUID } from 'node:crypto'
import type { Writable } from 'node:stream'
import type { Insertable } from 'kysely'
import { faultOfName, plainSpaces } from '../../../values/readable-name.ts'
import type { Config, Role, Source } from '../../config.ts'
import { toUsername } from '../../grants/accounts.ts'
import { ID } from '../../query/reference.ts'
import { hashPassword } from '../../sign-in/password/password.ts'
import type { FileSettings } from '../../start/config-file.ts'
import { defaultDatabase } from '../../start/database-url.ts'
import { withStore } from '../../start/open-database.ts'
import { parseArguments } from '../../start/parse-arguments.ts'
import type { Terminal } from '../../start/terminal.ts'
import { AdminError, UsageError, writeLine } from '../../start/terminal.ts'
import { findSourceKind } from '../../store/known-organization.ts'
import type { AccountTable, Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { configOf, logChange } from './log-change.ts'
import { readPassword } from './read-password.ts'

const OPTIONS = {
  db: { type: 'string', default: defaultDatabase },
  name: { type: 'string' },
  role: { type: 'string' },
  patient: { type: 'string' },
  practitioner: { type: 'string' },
} as const

const ROLES: readonly Role[] = ['patient', 'clinician', 'admin']

type Person = Pick<AccountTable, 'name' | 'username' | 'role' | 'patient' | 'practitioner'>

/**
 * Adds a person who may sign in under the given name, with the password from standard input.
 *
 * @throws UsageError, AdminError
 */
export const addUser = async (
  args: string[],
  { stdin, stderr }: Terminal,
  settings?: FileSettings,
): Promise<object> => {
  const { db, person } = parsePerson(args)
  return withStore(db, async (store) => {
    const config = await configOf(store)
    const names = [person.username, config.organization.name]
    const password = await readPassword({ input: stdin, output: stderr }, names)
    const row = { ...person, password_hash: await hashPassword(password) }
    const account = await store.write((trx) => addAccount(trx, config, row, 'add'))
    await warnIfAbsent(store, row, stderr, settings?.source)
    return describeAccount(account)
  })
}

/** Parses the person that the command concerns. @throws UsageError */
export const parsePerson = (args: string[]): { db: string; person: Person } => {
  const { values } = parseArguments({ args, options: OPTIONS })
  return { db: values.db, person: parseValues(values) }
}

/** Adds an account. @param change the change's name in the log. @throws AdminError when the name is taken. */
export const addAccount = async (
  trx: Db,
  config: Config,
  person: Person & { password_hash: string },
  change: string,
): Promise<Insertable<AccountTable>> => {
  const row = { id: randomUUID(), ...person }
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('account')
    .values(row)
    .onConflict((conflict) => conflict.column('username').doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n)
    throw new AdminError(`There is already an account named ${row.username}.`)
  const details = { change, account: row.id, role: row.role }
  await logChange(trx, config, { kind: 'account', details }, row.patient)
  return row
}

/**
 * Warns about an id that may be mistyped. It does not refuse it, because the resource may come later.
 *
 * @param source where the records are, if a configuration says so.
 */
export const warnIfAbsent = async (
  store: Store,
  { patient, practitioner }: Pick<Person, 'patient' | 'practitioner'>,
  stderr: Writable,
  source?: Source,
): Promise<void> => {
  const [type, id, consequence] =
    patient === null
      ? (['Practitioner', practitioner, 'applications that ask who signed in find nothing'] as const)
      : (['Patient', patient, 'this person will see no record'] as const)
  if (id === null) return
  if ((source?.kind ?? (await findSourceKind(store))) === 'fhir') {
    writeLine(
      stderr,
      `Note: it was not checked whether there is a ${type}/${id}, because the records are on another server. If there is none, ${consequence}.`,
    )
    return
  }
  const row = await store.db
    .selectFrom('resource')
    .select('key')
    .where('type', '=', type)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) writeLine(stderr, `Note: there is no ${type}/${id} in the database yet, so ${consequence}.`)
}

/** Returns the printed description of an account, without secrets. */
export const describeAccount = ({
  id,
  username,
  role,
  patient,
  practitioner,
}: Pick<Insertable<AccountTable>, 'id' | 'username' | 'role' | 'patient' | 'practitioner'>): object => ({
  id,
  username,
  role,
  ...(patient && { patient }),
  ...(practitioner && { practitioner }),
})

const parseValues = (values: { [name in keyof typeof OPTIONS]?: string }): Person => {
  const name = plainSpaces(values.name ?? '').normalize('NFC')
  const fault = faultOfName(name)
  if (fault !== undefined)
    throw new UsageError(`--name takes the name that the person signs in with. This one ${fault}.`)
  const role = ROLES.find((each) => each === values.role)
  if (!role) throw new UsageError('--role takes patient, clinician or admin.')
  if ((role === 'patient') !== (values.patient !== undefined))
    throw new UsageError(
      '--patient names the record of a person with the role patient. That role needs it, and no other takes it.',
    )
  if (role !== 'clinician' && values.practitioner !== undefined)
    throw new UsageError('--practitioner is for a person with the role clinician.')
  for (const id of [values.patient, values.practitioner]) {
    if (id !== undefined && !ID.test(id))
      throw new UsageError(
        `"${id}" is not a FHIR id: it takes 1 to 64 letters, digits, "-" and ".", and is not "." or "..".`,
      )
  }
  return {
    name,
    username: toUsername(name),
    role,
    patient: values.patient ?? null,
    practitioner: values.practitioner ?? null,
  }
}
