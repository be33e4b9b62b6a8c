import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { Insertable } from 'kysely'
import { hashPassword } from '../oauth/account/password.ts'
import type { AccountTable } from '../store/schema.ts'
import { AdminError, UsageError } from './admin-error.ts'
import { configOf, logChange, TERMINAL } from './admin-log.ts'
import { defaultDatabase, openStore } from './database.ts'
import { readPassword } from './read-password.ts'

const OPTIONS = {
  db: { type: 'string', default: defaultDatabase },
  name: { type: 'string' },
  role: { type: 'string' },
  patient: { type: 'string' },
  practitioner: { type: 'string' },
} as const

const ROLES = ['patient', 'clinician', 'admin'] as const

/** The `id` type of FHIR R4. */
const FHIR_ID = /^[A-Za-z0-9\-.]{1,64}$/

type Person = Pick<AccountTable, 'name' | 'username' | 'role' | 'patient' | 'practitioner'>

/**
 * Adds a person who may sign in under the given name, with the password from standard input.
 *
 * @throws UsageError, AdminError
 */
export const addUser = async (args: string[]): Promise<object> => {
  const { values } = parseArgs({ args, options: OPTIONS })
  const person = personOf(values)
  const password = await readPassword({ input: process.stdin, output: process.stderr })
  const row: Insertable<AccountTable> = {
    id: randomUUID(),
    ...person,
    password_hash: await hashPassword(password),
  }
  const store = await openStore(values.db)
  try {
    const config = await configOf(store)
    const added = await store.write(async (trx) => {
      const { numInsertedOrUpdatedRows } = await trx
        .insertInto('account')
        .values(row)
        .onConflict((conflict) => conflict.column('username').doNothing())
        .executeTakeFirst()
      if (numInsertedOrUpdatedRows === 0n) return false
      const details = { change: 'account', account: row.id, role: row.role }
      await logChange(trx, config, TERMINAL, details)
      return true
    })
    if (!added) throw new AdminError(`There is somebody called ${person.username} already.`)
  } finally {
    await store.close()
  }
  const { id, username, role, patient, practitioner } = row
  return { id, username, role, ...(patient && { patient }), ...(practitioner && { practitioner }) }
}

const personOf = (values: { [name in keyof typeof OPTIONS]?: string }): Person => {
  const name = values.name?.trim() ?? ''
  if (name === '' || name.length > 100)
    throw new UsageError('--name is missing: what does the person sign in as?')
  const role = ROLES.find((each) => each === values.role)
  if (!role) throw new UsageError('--role takes patient, clinician or admin.')
  if ((role === 'patient') !== (values.patient !== undefined))
    throw new UsageError('--patient names the record of a person with the role patient, and of no other.')
  if (role !== 'clinician' && values.practitioner !== undefined)
    throw new UsageError('--practitioner is for a person with the role clinician.')
  for (const id of [values.patient, values.practitioner]) {
    if (id !== undefined && !FHIR_ID.test(id)) throw new UsageError(`"${id}" is no id of a FHIR resource.`)
  }
  return {
    name,
    username: name.toLowerCase(),
    role,
    patient: values.patient ?? null,
    practitioner: values.practitioner ?? null,
  }
}
