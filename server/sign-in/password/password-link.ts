import { randomBytes } from 'node:crypto'
import type { Clock } from '../../config.ts'
import { ACCOUNT_COLUMNS, boundRecords, storeBoundRecord, toSignedInAccount } from '../../grants/accounts.ts'
import type { SignedInAccount } from '../../grants/authorization.ts'
import { storedId } from '../../grants/stored-id.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { setPassword } from './own-password.ts'

/** The lifetime of a link, in milliseconds. */
export const LINK_LIFETIME = 3 * 86_400_000

const MODEL = 'PasswordLink'

/** The right to choose the password of one account, once. */
export interface PasswordLink {
  /** The key of its stored row: the hash of the token. */
  readonly id: string
  readonly account: SignedInAccount
  /** The name to sign in with. */
  readonly username: string
}

/** The link was used or has ended, or its account changed meanwhile. */
export class LinkOver extends Error {
  readonly code = 'link-over'
}

/**
 * Creates a link and deletes the account's earlier ones. The link is bound to the account's generation, so any change to who
 * may sign in ends it (decision 30).
 *
 * @returns the token at the end of `B/password/…`; only its hash is stored.
 */
export const createPasswordLink = async (trx: Db, accountId: string, now: number): Promise<string> => {
  const token = randomBytes(32).toString('base64url')
  const account = await trx
    .selectFrom('account')
    .select(['id', 'generation'])
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow()
  await trx
    .deleteFrom('oauth_record')
    .where('model', '=', MODEL)
    .where('account_id', '=', accountId)
    .execute()
  await storeBoundRecord(trx, account, {
    model: MODEL,
    id: storedId(token),
    payload: '{}',
    expires_at: now + LINK_LIFETIME,
  })
  return token
}

/** Finds an open link. Does not spend it, because mail programs open links too. */
export const findPasswordLink = async (
  { store, clock }: { store: Store; clock: Clock },
  token: string,
): Promise<PasswordLink | undefined> => {
  const id = storedId(token)
  const row = await openLinks(store.db, clock())
    .where('record.id', '=', id)
    .select('account.username')
    .select(ACCOUNT_COLUMNS)
    .executeTakeFirst()
  return row && { id, account: toSignedInAccount(row), username: row.username }
}

/** Lists the ids of accounts with an open link. */
export const listInvited = async (db: Db, now: number): Promise<ReadonlySet<string>> => {
  const rows = await openLinks(db, now).select('account.id').execute()
  return new Set(rows.map(({ id }) => id))
}

const openLinks = (db: Db, now: number) => boundRecords(db, MODEL).where('record.expires_at', '>', now)

/**
 * Sets the password of the account, whose new generation ends the link: if it is used several times at once, one succeeds.
 *
 * @throws LinkOver when the account has changed since the link was created.
 */
export const spendPasswordLink = async (
  trx: Db,
  { id, account }: PasswordLink,
  passwordHash: string,
): Promise<void> => {
  if (!(await setPassword(trx, account, passwordHash))) throw new LinkOver()
  await trx.deleteFrom('oauth_record').where('model', '=', MODEL).where('id', '=', id).execute()
}
