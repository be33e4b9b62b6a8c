import { holdAccountById } from '../../grants/accounts.ts'
import type { Account } from '../../grants/authorization.ts'
import type { GrantDeps } from '../../grants/find-authorization.ts'
import { type Registration, registeredConsent } from '../../grants/scopes/registered-scope.ts'
import { endOfGrant } from '../../grants/windows.ts'
import type { AllowedIn, Incident } from '../../pages/account/account-page.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'

/** The current state of a grant. */
export interface ConnectedGrant {
  readonly id: string
  readonly clientId: string
  /** The application's registered name, or its client id. */
  readonly application: string
  /** The first address to which it returns people; absent if it was removed. */
  readonly redirect?: string
  /** Milliseconds since 1970. */
  readonly registeredAt?: number
  readonly scope: string
  /** The part of it that the organization still allows the application; empty if that is nothing. */
  readonly allowed: string
  /** The one patient that `patient/` scopes reach. */
  readonly patient?: string
  /** The visit that answers name. */
  readonly encounter?: string
  /** The name of the window chosen at consent. */
  readonly window: string
  /** Absent if its names are not known. */
  readonly allowedIn?: AllowedIn
  readonly createdAt: number
  readonly expiresAt: number
  readonly lastUsedAt?: number
}

const DAY = 86_400_000
/** The most active grants of a person, because their pages list them all. */
const MOST_GRANTS = 500
/** The most grants ended by the server that the page reports. */
const MOST_INCIDENTS = 50

const consents = (db: Db) =>
  db
    .selectFrom('consent')
    .leftJoin('oauth_record as client', (join) =>
      join.onRef('client.id', '=', 'consent.client_id').on('client.model', '=', 'Client'),
    )

const consentsOf = (db: Db, accountId: string) =>
  consents(db)
    .where('consent.account_id', '=', accountId)
    .selectAll('consent')
    .select(['client.payload as client', 'client.disabled_at'])

/** Selects active grants: those that have ended neither by their time nor because the account or application has changed. */
export const activeConsents = (db: Db, now: number) =>
  consents(db)
    .innerJoin('account', (join) =>
      join
        .onRef('account.id', '=', 'consent.account_id')
        .onRef('account.generation', '=', 'consent.account_generation'),
    )
    .whereRef('client.client_generation', '=', 'consent.client_generation')
    .where('consent.revoked_at', 'is', null)
    .where('consent.expires_at', '>', now)

/** Lists a person's active grants, newest first, without those that a shorter limit of the organization has ended. */
export const listGrants = async (
  { store, config }: GrantDeps,
  account: Pick<Account, 'id' | 'role'>,
  now: number,
): Promise<ConnectedGrant[]> => {
  const rows = await activeConsents(store.db, now)
    .where('consent.account_id', '=', account.id)
    .selectAll('consent')
    .select('client.disabled_at')
    .orderBy('consent.created_at', 'desc')
    .execute()
  const clients = await findClients(store.db, new Set(rows.map((row) => row.client_id)))
  const grants = rows.map((row) => ({
    id: row.grant_id,
    clientId: row.client_id,
    application: nameOf(clients.get(row.client_id), row),
    ...registrationOf(clients.get(row.client_id)),
    scope: row.scope,
    // Only of a grant that is shown, because it takes a while: a person may have hundreds (J13).
    get allowed() {
      return allowedOf(clients.get(row.client_id), row)
    },
    ...(row.patient !== null && { patient: row.patient }),
    ...(row.encounter !== null && { encounter: row.encounter }),
    window: row.window,
    ...(row.browser !== null &&
      row.system !== null && { allowedIn: { browser: row.browser, system: row.system } }),
    createdAt: row.created_at,
    expiresAt: endOfGrant(config, account, row),
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
  }))
  return grants.filter(({ expiresAt }) => expiresAt > now)
}

/** Reads applications by id, each once: a person may have many grants of one. */
const findClients = async (db: Db, ids: ReadonlySet<string>): Promise<ReadonlyMap<string, StoredClient>> => {
  if (ids.size === 0) return new Map()
  const rows = await db
    .selectFrom('oauth_record')
    .select(['id', 'payload'])
    .where('model', '=', 'Client')
    .where('id', 'in', [...ids])
    .execute()
  return new Map(rows.map(({ id, payload }) => [id, JSON.parse(payload) as StoredClient]))
}

/** The person already has the most active grants that are allowed, so one has to end first. */
export class TooManyGrants extends Error {}

/**
 * Counts what `listGrants` lists, and holds the account, so that consents which are stored at the same time are counted one after another.
 * To be called in the transaction that stores another one.
 *
 * @throws TooManyGrants
 */
export const requireRoomForGrant = async (
  trx: Db,
  config: GrantDeps['config'],
  account: Pick<Account, 'id' | 'role'>,
  now: number,
): Promise<void> => {
  await holdAccountById(trx, account.id)
  const rows = await activeConsents(trx, now)
    .where('consent.account_id', '=', account.id)
    .select(['consent.created_at', 'consent.expires_at'])
    .execute()
  const count = rows.filter((row) => endOfGrant(config, account, row) > now).length
  if (count >= MOST_GRANTS) throw new TooManyGrants('The person has too many grants.')
}

/** Returns the application of one of a person's ended grants. */
export const findEndedApplication = async (
  store: Store,
  accountId: string,
  grantId: string,
): Promise<Pick<ConnectedGrant, 'clientId' | 'application'> | undefined> => {
  const row = await consentsOf(store.db, accountId)
    .where('consent.grant_id', '=', grantId)
    .where('consent.revoked_at', 'is not', null)
    .executeTakeFirst()
  return row && { clientId: row.client_id, application: nameOf(clientOf(row), row) }
}

/** Lists the grants that the server ended in the last 30 days because a code or refresh token was used twice. */
export const listIncidents = async (store: Store, accountId: string, now: number): Promise<Incident[]> => {
  const rows = await consentsOf(store.db, accountId)
    .where('consent.ended_because', 'is not', null)
    .where('consent.revoked_at', '>', now - 30 * DAY)
    .orderBy('consent.revoked_at', 'desc')
    .limit(MOST_INCIDENTS)
    .execute()
  return rows.map((row) => ({
    application: nameOf(clientOf(row), row),
    at: row.revoked_at ?? 0,
    because: row.ended_because === 'code_reuse_detected' ? row.ended_because : 'refresh_reuse_detected',
  }))
}

/**
 * Reduces the scope of a grant, lets it end sooner, or both; never extends it. Its tokens stay valid, because every check of a
 * token also reads the consent (`limit-scope.ts`, `find-authorization.ts`).
 *
 * @returns false when the grant has changed or ended since it was read; then nothing is stored.
 */
export const reduceGrant = async (
  trx: Db,
  grant: ConnectedGrant,
  { scope, window, expiresAt }: Pick<ConnectedGrant, 'scope' | 'window' | 'expiresAt'>,
): Promise<boolean> => {
  const { numUpdatedRows } = await trx
    .updateTable('consent')
    .set({ scope, window, expires_at: expiresAt })
    .where('grant_id', '=', grant.id)
    .where('scope', '=', grant.scope)
    .where('expires_at', '>=', expiresAt)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Stores why the server ended a grant, so that the account page can report it. */
export const recordEndReason = async (
  trx: Db,
  grantId: string,
  because: Incident['because'],
): Promise<void> => {
  await trx.updateTable('consent').set({ ended_because: because }).where('grant_id', '=', grantId).execute()
}

/**
 * Ends a grant for good, at the same cost however many tokens its application obtained: each look-up of a code or token also reads the
 * consent. The sweep deletes them. A transaction that also changes codes or tokens changes them first: the fixed order prevents deadlocks.
 *
 * @returns false when it had ended already.
 */
export const endGrant = async (trx: Db, grantId: string, now: number): Promise<boolean> => {
  const { numUpdatedRows } = await trx
    .updateTable('consent')
    .set({ revoked_at: now })
    .where('grant_id', '=', grantId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

interface StoredClient extends Registration {
  readonly redirect_uris?: readonly string[]
  readonly client_id_issued_at?: number
}

const clientOf = ({ client }: { client: string | null }): StoredClient | undefined =>
  client === null ? undefined : (JSON.parse(client) as StoredClient)

const registrationOf = ({
  redirect_uris: [redirect] = [],
  client_id_issued_at: issuedAt,
}: StoredClient = {}): Pick<ConnectedGrant, 'redirect' | 'registeredAt'> => ({
  ...(redirect !== undefined && { redirect }),
  ...(issuedAt && { registeredAt: issuedAt * 1000 }),
})

const allowedOf = (
  client: StoredClient | undefined,
  { scope, disabled_at }: { scope: string; disabled_at: number | null },
): string => (client && disabled_at === null ? (registeredConsent(client, scope) ?? '') : '')

const nameOf = (client: StoredClient | undefined, { client_id }: { client_id: string }): string =>
  client?.client_name ?? client_id
