import type { Selectable } from 'kysely'
import type { Config } from '../../config.ts'
import { removeAccount, toUsername } from '../../grants/accounts.ts'
import { hasNoPassword, NO_PASSWORD } from '../../sign-in/password/password.ts'
import { createPasswordLink, LINK_LIFETIME, listInvited } from '../../sign-in/password/password-link.ts'
import { deleteReadings, erasePerson, removeWithings } from '../../sources/withings/removal.ts'
import type { FileSettings } from '../../start/config-file.ts'
import { defaultDatabase } from '../../start/database-url.ts'
import { withStore } from '../../start/open-database.ts'
import { parseArguments } from '../../start/parse-arguments.ts'
import type { Terminal } from '../../start/terminal.ts'
import { AdminError, UsageError } from '../../start/terminal.ts'
import type { AccountTable, Db } from '../../store/schema.ts'
import { configOf, logChange, requireConfig } from './log-change.ts'
import { addAccount, describeAccount, parsePerson, warnIfAbsent } from './user-add.ts'

type AccountRow = Selectable<AccountTable>

/** Lists all accounts, disabled ones included. */
export const listUsers = async (args: string[]): Promise<object> => {
  const { db } = parseArguments({
    args,
    options: { db: { type: 'string', default: defaultDatabase } },
  }).values
  return withStore(db, async (store) => {
    const rows = await store.db.selectFrom('account').selectAll().orderBy('username').execute()
    const invited = await listInvited(store.db, Date.now())
    const stateOf = (row: AccountRow) =>
      row.disabled_at !== null ? 'disabled' : invited.has(row.id) ? 'invited' : enabledState(row)
    return { users: rows.map((row) => ({ ...describeAccount(row), state: stateOf(row) })) }
  })
}

/** Of an account without an open link. Without a password, people sign in with Withings, or not until `user reset` makes a link. */
const enabledState = ({ password_hash }: AccountRow) =>
  hasNoPassword(password_hash) ? 'no-password' : 'active'

/** Adds a person, who then chooses a password through a link. @throws UsageError, AdminError */
export const inviteUser = (
  args: string[],
  { stderr }: Terminal,
  settings?: FileSettings,
): Promise<object> => {
  const { db, person } = parsePerson(args)
  return withStore(db, async (store) => {
    const config = await requireConfig(store)
    const invited = await store.write(async (trx) => {
      const account = await addAccount(trx, config, { ...person, password_hash: NO_PASSWORD }, 'invite')
      return { ...describeAccount(account), ...(await createLink(trx, config, account.id)) }
    })
    await warnIfAbsent(store, person, stderr, settings?.source)
    return invited
  })
}

/** Removes a person's password; the person chooses a new one through a link. @throws UsageError, AdminError */
export const resetUser = (args: string[]): Promise<object> =>
  changeAccount(args, 'reset', async (trx, account, config) => {
    requireEnabled(account)
    await trx
      .updateTable('account')
      .set({ password_hash: NO_PASSWORD })
      .where('id', '=', account.id)
      .execute()
    return createLink(trx, config, account.id)
  })

/** Disables an account and ends all its sessions and grants. @throws UsageError, AdminError */
export const disableUser = (args: string[]): Promise<object> =>
  changeAccount(args, 'disable', async (trx, account) => {
    if (account.disabled_at !== null) throw new AdminError(`${account.username} is already disabled.`)
    await trx.updateTable('account').set({ disabled_at: Date.now() }).where('id', '=', account.id).execute()
    await removeWithings(trx, account.id)
    return { state: 'disabled' }
  })

/** Enables an account with its old password; ended sessions and grants stay ended. @throws UsageError, AdminError */
export const enableUser = (args: string[]): Promise<object> =>
  changeAccount(args, 'enable', async (trx, account) => {
    if (account.disabled_at === null) throw new AdminError(`${account.username} is not disabled.`)
    await trx.updateTable('account').set({ disabled_at: null }).where('id', '=', account.id).execute()
    return { state: enabledState(account) }
  })

/**
 * Removes an account and all its grants. If its person signs in with Withings, their data are removed too.
 *
 * @throws UsageError, AdminError
 */
export const removeUser = (args: string[]): Promise<object> =>
  changeAccount(args, 'remove', async (trx, account) => {
    const deleted = await erasePerson(trx, account)
    const ended = await removeAccount(trx, account.id, Date.now())
    return { state: 'removed', ended, ...(Object.keys(deleted).length > 0 && { deleted }) }
  })

type AccountChange = (trx: Db, account: AccountRow, config: Config) => Promise<object>

/** Changes the account that `--name` names, in the transaction that logs the change. @throws UsageError, AdminError */
const changeAccount = async (args: string[], name: string, work: AccountChange): Promise<object> => {
  const options = { db: { type: 'string', default: defaultDatabase }, name: { type: 'string' } } as const
  const { values } = parseArguments({ args, options })
  const username = toUsername(values.name ?? '')
  if (!username) throw new UsageError('--name is missing. Give the name that the person signs in with.')
  return withStore(values.db, async (store) => {
    const config = name === 'reset' ? await requireConfig(store) : await configOf(store)
    const { id, answer } = await store.write(async (trx) => {
      const account = await trx
        .selectFrom('account')
        .selectAll()
        .where('username', '=', username)
        .executeTakeFirst()
      if (!account) throw new AdminError(`There is no account named ${username}.`)
      const result = await work(trx, account, config)
      const details = { change: name, account: account.id, role: account.role }
      await logChange(trx, config, { kind: 'account', details }, account.patient)
      return { id: account.id, answer: { ...describeAccount(account), ...result } }
    })
    // Of an account that this change has disconnected from Withings, which the running server tells, or the next one.
    await deleteReadings(store, id)
    return answer
  })
}

const createLink = async (trx: Db, { publicUrl }: Config, accountId: string) => {
  const now = Date.now()
  const token = await createPasswordLink(trx, accountId, now)
  return { link: `${publicUrl}/password/${token}`, ends: new Date(now + LINK_LIFETIME).toISOString() }
}

const requireEnabled = ({ disabled_at, username }: AccountRow): void => {
  if (disabled_at !== null) throw new AdminError(`${username} is disabled. Enable the account first.`)
}
