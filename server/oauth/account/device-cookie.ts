import { randomBytes, randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock, Config } from '../../config.ts'
import type { SignedInAccount } from '../../grants/authorization.ts'
import { storedId } from '../../grants/stored-id.ts'
import type { Db } from '../../store/schema.ts'
import { ownCookie, RANDOM_VALUE } from '../own-cookie.ts'

/**
 * A browser that somebody signed in with before. Tries from it are counted by themselves, so that strangers who try the
 * same name keep nobody out of their own browser (F12). It proves nothing else: the password is asked each time.
 */
export interface KnownDevice {
  /** Names this browser together with this account: what its tries are counted under. */
  readonly id: string
}

interface Deps {
  readonly config: Config
  readonly clock: Clock
}

const MODEL = 'Device'
const YEAR = 365 * 86_400
/** Accounts that one browser is known for; a family shares one. */
const MOST_ACCOUNTS = 20

const cookie = (config: Config) => ownCookie(config, 'device', RANDOM_VALUE, 'strict')

/** The value of the cookie, a secret of this browser's. */
export const deviceValue = (config: Config, { headers }: FastifyRequest): string | undefined =>
  cookie(config).find(headers.cookie)

/** Looked for like an account, so that a name that nobody has takes as long. */
const NOBODY = { id: '', generation: 0 }

/** This browser, where this account signed in with it, and nothing about the account changed since: its password, say. */
export const findDevice = async (
  db: Db,
  value: string | undefined,
  account: Pick<SignedInAccount, 'id' | 'generation'> = NOBODY,
  now: number,
): Promise<KnownDevice | undefined> => {
  if (value === undefined) return undefined
  return db
    .selectFrom('oauth_record')
    .select('id')
    .where('model', '=', MODEL)
    .where('uid', '=', storedId(value))
    .where('account_id', '=', account.id)
    .where('account_generation', '=', account.generation)
    .where('expires_at', '>', now)
    .executeTakeFirst()
}

/**
 * Makes this browser known to an account that just signed in, under a new value: a cookie that was planted or stolen
 * before is worth nothing from then on. The other accounts it is known for stay. `save` belongs in the transaction that
 * logs the sign-in.
 */
export const rememberDevice = (
  { config, clock }: Deps,
  request: FastifyRequest,
  reply: FastifyReply,
  account: SignedInAccount,
): { save: (trx: Db) => Promise<void> } => {
  const before = deviceValue(config, request)
  const value = randomBytes(32).toString('base64url')
  return {
    save: async (trx) => {
      if (before !== undefined) await moveDevice(trx, before, value, account.id)
      await trx
        .insertInto('oauth_record')
        .values({
          model: MODEL,
          id: randomUUID(),
          payload: '{}',
          grant_id: null,
          account_id: account.id,
          account_generation: account.generation,
          uid: storedId(value),
          consumed_at: null,
          expires_at: clock() + YEAR * 1000,
        })
        .execute()
      // Not before: a sign-in that fails here would leave the browser with a value that nobody knows.
      reply.header('set-cookie', cookie(config).set(value, YEAR))
    },
  }
}

const moveDevice = async (trx: Db, before: string, value: string, accountId: string): Promise<void> => {
  const known = await trx
    .selectFrom('oauth_record')
    .select(['id', 'account_id'])
    .where('model', '=', MODEL)
    .where('uid', '=', storedId(before))
    .orderBy('expires_at', 'desc')
    .execute()
  const kept = known.filter((row) => row.account_id !== accountId).slice(0, MOST_ACCOUNTS - 1)
  const keptIds = kept.map(({ id }) => id)
  const ended = known.map(({ id }) => id).filter((id) => !keptIds.includes(id))
  if (ended.length > 0)
    await trx.deleteFrom('oauth_record').where('model', '=', MODEL).where('id', 'in', ended).execute()
  if (keptIds.length > 0)
    await trx
      .updateTable('oauth_record')
      .set({ uid: storedId(value) })
      .where('model', '=', MODEL)
      .where('id', 'in', keptIds)
      .execute()
}
