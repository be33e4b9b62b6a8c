import type { LastWrite, LastWrites } from '../store/last-writes.ts'
import { compileOnce } from '../store/statements/compile-once.ts'
import type { Store } from '../store/store.ts'
import { toAccount } from './accounts.ts'
import type { Authorization } from './authorization.ts'
import { limitScope } from './scopes/limit-scope.ts'
import {
  isBoundAsRegistered,
  type Registration,
  registeredConsent,
  registeredSystemScope,
} from './scopes/registered-scope.ts'
import { parseScopes } from './scopes/scopes.ts'
import { storedId, tokenRef } from './stored-id.ts'
import { endOfGrant, type WindowRule } from './windows.ts'

const findRow = compileOnce((db, { id }: { id: string }) =>
  db
    .selectFrom('oauth_record as token')
    .innerJoin('consent', 'consent.grant_id', 'token.grant_id')
    .innerJoin('account', (join) =>
      join
        .onRef('account.id', '=', 'consent.account_id')
        .onRef('account.generation', '=', 'consent.account_generation')
        .on('account.disabled_at', 'is', null),
    )
    .leftJoin('oauth_record as client', (join) =>
      join
        .onRef('client.id', '=', 'consent.client_id')
        .onRef('client.client_generation', '=', 'consent.client_generation')
        .on('client.model', '=', 'Client')
        .on('client.disabled_at', 'is', null),
    )
    .where('token.model', '=', 'AccessToken')
    .where('token.id', '=', id)
    .where('consent.revoked_at', 'is', null)
    .select([
      'token.payload',
      'token.uid as came_with',
      'token.expires_at as token_expires_at',
      'client.payload as client',
      'consent.grant_id',
      'consent.client_id',
      'consent.patient as context_patient',
      'consent.created_at',
      'consent.expires_at',
      'consent.scope as consented',
      'consent.last_used_at',
      'account.id',
      'account.name',
      'account.role',
      'account.patient',
      'account.practitioner',
    ]),
)

/** Finds a token of an application that acts for itself. The engine stores it under another model, without a grant. */
const findSystemRow = compileOnce((db, { id }: { id: string }) =>
  db
    .selectFrom('oauth_record as token')
    .where('token.model', '=', 'ClientCredentials')
    .where('token.id', '=', id)
    .select(['token.payload', 'token.expires_at', 'token.client_generation']),
)

const findClient = compileOnce((db, { id, generation }: { id: string; generation: string }) =>
  db
    .selectFrom('oauth_record as client')
    .where('client.model', '=', 'Client')
    .where('client.id', '=', id)
    .where('client.client_generation', '=', generation)
    .where('client.disabled_at', 'is', null)
    .select('client.payload'),
)

/** What decides about a token: its row, and the organization's configuration. */
export interface GrantDeps {
  readonly store: Store
  readonly config: WindowRule
}

/**
 * Returns the current authorization of an access token, or `undefined` if the token is unknown, expired, revoked or not an
 * access token, if its window has ended, if the person's account has changed since, or if the application's registration allows
 * nothing of it any more. One query reads all of this, so that every change takes effect on the next request.
 */
export const findAuthorization = async (
  { store, config }: GrantDeps,
  bearer: string,
  now: number,
): Promise<Authorization | undefined> => {
  const id = storedId(bearer)
  const [row] = await findRow(store.db, { id })
  if (!row) return findSystemAuthorization(store, id, now)
  // The tokens of an application that is disabled or deleted are void, also after it comes back.
  if (!row.client) return undefined
  const expiresAt = Math.min(row.token_expires_at ?? 0, endOfGrant(config, row, row))
  if (expiresAt <= now) return undefined

  const token = JSON.parse(row.payload) as { scope?: string; jkt?: string }
  const client = JSON.parse(row.client) as Registration
  const consented = registeredConsent(client, row.consented)
  if (consented === undefined || !isBoundAsRegistered(client, token)) return undefined
  const scope = limitScope(token.scope ?? '', consented)
  return {
    grantId: row.grant_id,
    ...(row.last_used_at !== null && { grantUsedAt: row.last_used_at }),
    tokenRef: tokenRef(id),
    clientId: row.client_id,
    clientName: client.client_name ?? row.client_id,
    account: toAccount(row),
    scopes: parseScopes(scope),
    words: new Set(scope.split(' ')),
    ...(row.context_patient !== null && { patient: row.context_patient }),
    expiresAt,
    ...(token.jkt !== undefined && { jkt: token.jkt }),
    ...(row.came_with !== null && { cameWith: row.came_with }),
  }
}

const findSystemAuthorization = async (
  store: Store,
  id: string,
  now: number,
): Promise<Authorization | undefined> => {
  const [stored] = await findSystemRow(store.db, { id })
  if (!stored || (stored.expires_at ?? 0) <= now) return undefined
  const token = JSON.parse(stored.payload) as { clientId?: string; scope?: string; jkt?: string }
  const { clientId = '', jkt } = token
  const [row] = await findClient(store.db, { id: clientId, generation: stored.client_generation })
  if (!row) return undefined
  const client = JSON.parse(row.payload) as Registration
  const scope = registeredSystemScope(client, token)
  if (scope === undefined) return undefined
  return {
    tokenRef: tokenRef(id),
    clientId,
    clientName: client.client_name ?? clientId,
    scopes: parseScopes(scope),
    words: new Set(scope.split(' ')),
    expiresAt: stored.expires_at ?? 0,
    ...(jkt !== undefined && { jkt }),
  }
}

const minuteOf = (time: number): number => Math.floor(time / 60_000)

/** Stores when an application last used this grant, for `B/account`. That shows the minute, so one write in each is enough. */
export const markUsed =
  ({ grantId, grantUsedAt = 0 }: Pick<Authorization, 'grantId' | 'grantUsedAt'>) =>
  (end: LastWrites, now: number): void => {
    if (grantId !== undefined && minuteOf(now) !== minuteOf(grantUsedAt))
      end.add(storeLastUse, [{ grantId, now }])
  }

/** Requests that wait together often use the same grant. */
const storeLastUse: LastWrite<{ readonly grantId: string; readonly now: number }> = async (
  trx,
  uses,
  isOnlyWriter,
) => {
  const last = new Map(uses.map(({ grantId, now }) => [grantId, now]))
  for (const [grantId, now] of last)
    await trx
      .updateTable('consent')
      .set({ last_used_at: now })
      .where('grant_id', 'in', (eb) =>
        eb
          .selectFrom('consent')
          .select('grant_id')
          .where('grant_id', '=', grantId)
          // Never waits for another transaction, which may wait for this one. The next request of that grant stores its use.
          .$if(!isOnlyWriter, (query) => query.forUpdate().skipLocked()),
      )
      .execute()
}
