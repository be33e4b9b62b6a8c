import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { requireUrl } from '../../../values/parse-address.ts'
import type { AccessEvent, LoggedAccess } from '../../audit/entry/access-event.ts'
import type { RecordingDeps } from '../../audit/write/recorder.ts'
import type { Config } from '../../config.ts'
import {
  ACCOUNT_COLUMNS,
  boundRecords,
  INTERACTION,
  storeBoundRecord,
  toSignedInAccount,
} from '../../grants/accounts.ts'
import { agentOf } from '../../grants/agent.ts'
import type { Account, SignedInAccount } from '../../grants/authorization.ts'
import type { Keys } from '../../keys/keys.ts'
import { dateTimeFormat, type Locale, localeOf } from '../../pages/frame/locale.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import type { Partner } from '../partner/partner-state.ts'
import { endSignInsOfBrowser } from './begun-cookie.ts'
import { formToken, isFormToken, ownCookie, RANDOM_VALUE } from './own-cookie.ts'

/** Returns the log entry for an action on the organization's own pages; without an account, nobody is signed in. */
export const ownAccess = (request: FastifyRequest, event: AccessEvent, account?: Account): LoggedAccess => ({
  requestId: request.id,
  patients: account?.patient ? [account.patient] : [],
  ...event,
  agent: { ...agentOf(request.ip, { account }), onOwnPages: true, ...event.agent },
})

/** A person disconnects an application there. Without the detail, the application itself gave its token back. */
export const DISCONNECT = { kind: 'revoke', details: { change: 'disconnect' } } as const

/** The form of a name in the time zone database. It starts with a letter, because an offset such as `+05:30` is not a name. */
const NAME = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/

/** Returns the browser's time zone, which the pages' script stores in a cookie; `undefined` unless this server knows it. */
export const findTimeZone = (config: Config, { headers }: FastifyRequest): string | undefined => {
  const timeZone = ownCookie(config, 'zone', NAME).find(headers.cookie)
  if (timeZone === undefined) return undefined
  try {
    // Not `Intl.supportedValuesOf`: it lacks the alternative names of a zone (Asia/Kolkata and Asia/Calcutta), and browsers may
    // send either.
    dateTimeFormat('en', { timeZone })
    return timeZone
  } catch {
    return undefined
  }
}

/**
 * A sign-in at the organization's own pages (`B/account`, `B/ehr`). An authorization still asks for the password, unless
 * this session launched its application from `B/ehr` (decision 10).
 */
export interface OwnSession {
  readonly account: SignedInAccount
  /** When the password was entered; milliseconds since 1970. */
  readonly since: number
  /** The `form_token` of every form on its pages. */
  readonly formToken: string
  /** The key of its stored row. */
  readonly id: string
  /** `ui_locales` as it was at sign-in. */
  readonly uiLocales?: string
}

export interface OwnSessionDeps extends RecordingDeps {
  readonly keys: Keys
  /** Another company with which people sign in. */
  readonly partner?: Partner
}

const MODEL = 'PersonSession'
const IDLE = 30 * 60_000
const LONGEST = 8 * 3_600_000
/** The smallest extension of the idle time that is written, so that not every request causes a write. */
const MINUTE = 60_000

interface Payload {
  /** When the session ends regardless of activity; milliseconds since 1970. */
  readonly ends: number
  readonly uiLocales?: string
}

export const findOwnSession = async (
  deps: OwnSessionDeps,
  request: FastifyRequest,
): Promise<OwnSession | undefined> => {
  const { config, store, clock, keys } = deps
  const value = cookieOf(config, request)
  if (value === undefined) return undefined
  const id = rowIdOf(keys, value)
  const now = clock()
  const row = await boundRecords(store.db, MODEL)
    .where('record.id', '=', id)
    .where('record.expires_at', '>', now)
    .select(['record.payload', 'record.expires_at'])
    .select(ACCOUNT_COLUMNS)
    .executeTakeFirst()
  if (!row) return undefined
  const { ends, uiLocales } = JSON.parse(row.payload) as Payload
  if (ends <= now) return undefined
  await keepAlive(deps, id, { current: row.expires_at ?? 0, next: Math.min(now + IDLE, ends) })
  return {
    account: toSignedInAccount(row),
    since: ends - LONGEST,
    formToken: formToken(keys.forms, `person ${value}`),
    id,
    ...(uiLocales !== undefined && { uiLocales }),
  }
}

/** Checks whether a session is open, by the key of its row. */
export const isSessionOpen = async ({ db }: Store, id: string, now: number): Promise<boolean> => {
  const row = await boundRecords(db, MODEL)
    .where('record.id', '=', id)
    .where('record.expires_at', '>', now)
    .select('record.id')
    .executeTakeFirst()
  return row !== undefined
}

/** Returns the token of a form before sign-in, bound to a random cookie that only this browser has. */
export const visitorFormToken = (
  { config, keys }: OwnSessionDeps,
  request: FastifyRequest,
  reply: FastifyReply,
) => {
  const value = cookieOf(config, request) ?? newValue()
  setCookie(config, reply, value)
  return formToken(keys.forms, `person ${value}`)
}

/** Returns an id for this browser from its random cookie, only for comparisons in that browser; `undefined` before it has one. */
export const findBrowser = (
  { config, keys }: OwnSessionDeps,
  request: FastifyRequest,
): string | undefined => {
  const value = cookieOf(config, request)
  return value === undefined ? undefined : formToken(keys.forms, `browser ${value}`)
}

/** Checks that a form comes from our page in this browser, by a token that another site can neither read nor guess. */
export const isOwnForm = ({ config, keys }: OwnSessionDeps, request: FastifyRequest): boolean => {
  const value = cookieOf(config, request)
  const { origin } = request.headers
  const { form_token } = (request.body ?? {}) as Record<string, unknown>
  if (value === undefined || (origin !== undefined && origin !== requireUrl(config.publicUrl).origin))
    return false
  return isFormToken(keys.forms, `person ${value}`, form_token)
}

/**
 * Signs a person in under a new id and ends the browser's previous session (session fixation), and what other people signed in to
 * in it. `save` belongs in the transaction that logs the sign-in.
 */
export const startOwnSession = (
  { config, clock, keys }: OwnSessionDeps,
  request: FastifyRequest,
  reply: FastifyReply,
  account: SignedInAccount,
  uiLocales?: string,
): Pick<OwnSession, 'id'> & { save: (trx: Db) => Promise<void> } => {
  const value = newValue()
  const id = rowIdOf(keys, value)
  const before = cookieOf(config, request)
  setCookie(config, reply, value)
  const now = clock()
  const payload: Payload = { ends: now + LONGEST, ...(uiLocales !== undefined && { uiLocales }) }
  return {
    id,
    save: async (trx) => {
      if (before !== undefined) await endSession(trx, rowIdOf(keys, before))
      await endSignInsOfBrowser(trx, config, request, account.id)
      await storeBoundRecord(trx, account, {
        model: MODEL,
        id,
        payload: JSON.stringify(payload),
        expires_at: now + IDLE,
      })
    },
  }
}

/** Signs a person out in this browser: ends the session, and every sign-in to an authorization that is not decided yet. */
export const endOwnSession = async (
  trx: Db,
  config: Config,
  request: FastifyRequest,
  { id }: Pick<OwnSession, 'id'>,
): Promise<void> => {
  await endSession(trx, id)
  await endSignInsOfBrowser(trx, config, request)
}

const endSession = async (trx: Db, id: string): Promise<void> => {
  await trx.deleteFrom('oauth_record').where('model', '=', MODEL).where('id', '=', id).execute()
}

/** Ends every sign-in of a person, in all browsers: own sessions, and those to authorizations that are not decided yet. */
export const endAllSignIns = async (trx: Db, accountId: string): Promise<void> => {
  await trx
    .deleteFrom('oauth_record')
    .where('model', 'in', [MODEL, INTERACTION])
    .where('account_id', '=', accountId)
    .execute()
}

export const clearCookie = (config: Config, reply: FastifyReply): void => setCookie(config, reply, '')

const keepAlive = async (
  { store, clock }: OwnSessionDeps,
  id: string,
  { current, next }: { current: number; next: number },
): Promise<void> => {
  if (next - current < MINUTE) return
  await store.write(async (trx) => {
    await trx
      .updateTable('oauth_record')
      .set({ expires_at: next })
      .where('model', '=', MODEL)
      .where('id', '=', id)
      .where('expires_at', '>', clock())
      .execute()
  })
}

/** Returns the key of a session's row, which depends on the key of cookies: when that is replaced, no session is found any more. */
const rowIdOf = ({ cookies }: Keys, value: string): string =>
  formToken(Buffer.from(cookies), `session ${value}`)

const newValue = (): string => randomBytes(32).toString('base64url')

const cookie = (config: Config) => ownCookie(config, 'person', RANDOM_VALUE)

const cookieOf = (config: Config, { headers }: FastifyRequest): string | undefined =>
  cookie(config).find(headers.cookie)

const setCookie = (config: Config, reply: FastifyReply, value: string): void => {
  reply.header('set-cookie', cookie(config).set(value))
}

/** Returns the language of our own pages: `ui_locales` of the address, or of the sign-in, or else the browser's; and its time zone. */
export const ownLocale = (
  config: Config,
  request: FastifyRequest,
  session?: Pick<OwnSession, 'uiLocales'>,
): Locale => {
  const { ui_locales } = request.query as { ui_locales?: unknown }
  const acceptLanguage = request.headers['accept-language']
  return localeOf(ui_locales ?? session?.uiLocales, acceptLanguage, findTimeZone(config, request))
}
