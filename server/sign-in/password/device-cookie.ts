import { randomBytes, randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock, Config } from '../../config.ts'
import { boundRecords, storeBoundRecord } from '../../grants/accounts.ts'
import type { SignedInAccount } from '../../grants/authorization.ts'
import { storedId } from '../../grants/stored-id.ts'
import type { Db } from '../../store/schema.ts'
import { ownCookie, RANDOM_VALUE } from '../visit/own-cookie.ts'

/**
 * A browser in which this account signed in before. Its attempts are counted separately, so that strangers who try the same
 * name cannot lock a person out of their own browser (F12). It proves nothing else: each sign-in needs the password.
 */
interface KnownDevice {
  /** Identifies this browser together with this account; its attempts are counted under it. */
  readonly id: string
}

interface Deps {
  readonly config: Config
  readonly clock: Clock
}

const MODEL = 'Device'
const YEAR = 365 * 86_400
/** The most accounts for which one browser is known, because families share a browser. */
const MOST_ACCOUNTS = 20
/** The most browsers in which one account is known; each has a count of its own, so without a limit passwords would have none. */
const MOST_BROWSERS = 20

// Sent along too when an application's page leads here to begin an authorization.
const cookie = (config: Config) => ownCookie(config, 'device', RANDOM_VALUE)

/** Returns the value of the cookie, which is a secret of this browser. */
export const deviceValue = (
  config: Config,
  { headers }: { readonly headers: Pick<FastifyRequest['headers'], 'cookie'> },
): string | undefined => cookie(config).find(headers.cookie)

/** Replaces the account of an unknown name, so that the lookup takes as long as for a known one. */
const NO_ACCOUNT = { id: '', generation: 0 }

/** Finds this browser if the account signed in here before and has not changed since (its password, for example). */
export const findDevice = async (
  db: Db,
  value: string | undefined,
  account: Pick<SignedInAccount, 'id' | 'generation'> = NO_ACCOUNT,
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

/** Checks whether somebody signed in here before whose account has not changed since. */
export const isKnownBrowser = async (db: Db, value: string, now: number): Promise<boolean> => {
  const device = await boundRecords(db, MODEL)
    .select('record.id')
    .where('record.uid', '=', storedId(value))
    .where('record.expires_at', '>', now)
    .executeTakeFirst()
  return device !== undefined
}

/**
 * Makes this browser known to an account that just signed in, under a new value, because the old cookie may have been
 * planted or stolen. The browser stays known to its other accounts. `save` belongs in the transaction that logs the
 * sign-in.
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
      await forgetOldest(trx, account.id)
      await storeBoundRecord(trx, account, {
        model: MODEL,
        id: randomUUID(),
        payload: '{}',
        uid: storedId(value),
        expires_at: clock() + YEAR * 1000,
      })
      // Set the cookie only after the inserts: if they fail, the browser keeps the value that the database knows.
      reply.header('set-cookie', cookie(config).set(value, YEAR))
    },
  }
}

/** Makes room for one browser more. */
const forgetOldest = async (trx: Db, accountId: string): Promise<void> => {
  const devices = trx
    .selectFrom('oauth_record')
    .where('model', '=', MODEL)
    .where('account_id', '=', accountId)
  const kept = await devices
    .select('id')
    .orderBy('expires_at', 'desc')
    .limit(MOST_BROWSERS - 1)
    .execute()
  if (kept.length < MOST_BROWSERS - 1) return
  const keptIds = kept.map(({ id }) => id)
  await trx
    .deleteFrom('oauth_record')
    .where('model', '=', MODEL)
    .where('account_id', '=', accountId)
    .where('id', 'not in', keptIds)
    .execute()
}

const moveDevice = async (trx: Db, before: string, value: string, accountId: string): Promise<void> => {
  const rows = await trx
    .selectFrom('oauth_record')
    .select(['id', 'account_id'])
    .where('model', '=', MODEL)
    .where('uid', '=', storedId(before))
    .orderBy('expires_at', 'desc')
    .execute()
  const keptRows = rows.filter((row) => row.account_id !== accountId).slice(0, MOST_ACCOUNTS - 1)
  const keptIds = keptRows.map(({ id }) => id)
  const droppedIds = rows.map(({ id }) => id).filter((id) => !keptIds.includes(id))
  if (droppedIds.length > 0)
    await trx.deleteFrom('oauth_record').where('model', '=', MODEL).where('id', 'in', droppedIds).execute()
  if (keptIds.length > 0)
    await trx
      .updateTable('oauth_record')
      .set({ uid: storedId(value) })
      .where('model', '=', MODEL)
      .where('id', 'in', keptIds)
      .execute()
}
