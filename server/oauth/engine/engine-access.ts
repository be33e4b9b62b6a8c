import type { KoaContextWithOIDC } from 'oidc-provider'
import type { AccessKind } from '../../../values/access-kinds.ts'
import { readableName } from '../../../values/readable-name.ts'
import type { LoggedAccess } from '../../audit/entry/access-event.ts'
import { TOO_MANY_ATTEMPTS } from '../../audit/write/count-refusal.ts'
import { findAccountById } from '../../grants/accounts.ts'
import { accessWithToken, agentOf } from '../../grants/agent.ts'
import type { Account, Authorization } from '../../grants/authorization.ts'
import { storedId, tokenRef } from '../../grants/stored-id.ts'
import type { Store } from '../../store/store.ts'
import { findAssertion, findForm } from '../seam/read-body.ts'
import { hasDestroyed, type UnitOfWork } from '../seam/unit-of-work.ts'
import { findConcerned } from './adapter.ts'

/**
 * Makes the access-log entry of a request that the engine has answered.
 *
 * @param work what the request read and wants to write.
 */
export const accessOf = async (
  ctx: KoaContextWithOIDC,
  {
    kind,
    reason,
    work,
    store,
    hasEndedGrant,
    now,
  }: {
    kind: AccessKind
    reason: string | undefined
    work: UnitOfWork
    store: Store
    hasEndedGrant: boolean
    now: number
  },
): Promise<LoggedAccess> => {
  const { entities } = ctx.oidc ?? { entities: {} }
  const bearer = ctx.state.authorization as Authorization | undefined
  const held = ctx.state.held as Authorization | undefined
  const failure = reason ?? failureOf(ctx, kind, work)
  const outcome = failure === undefined ? 'success' : ctx.status >= 500 ? 'failed' : 'refused'
  const isAboutToken = TOKEN_KINDS.has(kind)
  const { AccessToken, RefreshToken } = entities
  // A revocation takes no proof (RFC 7009), so a token that is bound to a key may be revoked by a thief.
  const isUnproven = kind === 'revoke' && (AccessToken?.jkt ?? RefreshToken?.jkt) !== undefined
  // Whoever presents a token that is refused, or asks about one, need not be the person that it is for.
  const isOfPerson = !isAboutToken || (outcome === 'success' && kind !== 'introspect' && !isUnproven)
  const account = isOfPerson ? await findAccount(ctx, work, store) : undefined
  const token = AccessToken?.jti ?? RefreshToken?.jti
  const found = work.concerned ?? (hasEndedGrant || hasDestroyed(work) ? work.concernedIfEnded : undefined)
  const concerned =
    found ?? (outcome === 'refused' && ctx.status !== 429 ? await findPresented(ctx, store, now) : undefined)
  const patient =
    (ctx.state.patient as string | null | undefined) ??
    (isAboutToken ? concerned : undefined) ??
    account?.patient ??
    accessWithToken(ctx.ip, { authorization: bearer, held }, failure !== undefined).patients[0]
  const isClientProven = isProven(ctx, kind, found !== undefined)
  const isKnown = outcome === 'success' || account !== undefined || isClientProven
  // The application that sent the request; at registration, the application that the administrator used.
  const client = isKnown ? (bearer ?? ctx.oidc?.entities.Client) : undefined
  return {
    kind,
    requestId: ctx.get('x-request-id'),
    outcome,
    ...(failure !== undefined && { reason: failure }),
    agent: agentOf(ctx.ip, {
      clientId: client?.clientId,
      clientName: client?.clientName,
      isProven: client !== undefined && isClientProven,
      account,
      tokenRef: held?.tokenRef ?? (token && tokenRef(storedId(token))),
    }),
    ...(failure === undefined &&
      ctx.state.details && { details: ctx.state.details as LoggedAccess['details'] }),
    ...(failure === undefined && kind === 'register' && changedApplication(ctx)),
    // Only the organization sees the authorization's steps; the patient's list shows the sign-in, decision and token.
    patients: patient && kind !== 'authorize' ? [patient] : [],
  }
}

/**
 * Returns the application that was registered, changed or removed, from an earlier step if it named one, or else from the answer.
 */
const changedApplication = (ctx: KoaContextWithOIDC): Pick<LoggedAccess, 'application'> => {
  const { client_id: clientId, client_name } = (ctx.body ?? {}) as Record<string, unknown>
  const clientOfAnswer = typeof clientId === 'string' && { clientId, name: client_name }
  const changedClient = (ctx.state.changed as LoggedAccess['application']) ?? clientOfAnswer
  if (!changedClient) return {}
  const { name } = changedClient
  return {
    application: {
      ...changedClient,
      name: (typeof name === 'string' && readableName(name)) || changedClient.clientId,
    },
  }
}

/**
 * Returns why a request failed. RFC 7009 and RFC 7662 answer with 200 even for an unknown token, and for one that the application may not
 * revoke or ask about.
 */
const failureOf = (ctx: KoaContextWithOIDC, kind: AccessKind, work: UnitOfWork): string | undefined => {
  if (ctx.status === 429) return TOO_MANY_ATTEMPTS
  if (ctx.status >= 400) return `http_${ctx.status}`
  const { AccessToken, RefreshToken, ClientCredentials } = ctx.oidc?.entities ?? {}
  if (kind !== 'introspect' && kind !== 'revoke') return undefined
  if (!AccessToken && !RefreshToken && !ClientCredentials) return 'unknown_token'
  const isDone =
    kind === 'introspect' ? (ctx.body as { active?: boolean } | undefined)?.active : hasDestroyed(work)
  return isDone ? undefined : 'not_allowed'
}

/** Finds the patient of a token or code that was refused before the engine looked for it, because of the application or a proof. */
const findPresented = async (
  ctx: KoaContextWithOIDC,
  store: Store,
  now: number,
): Promise<string | undefined> => {
  // Which of them the engine would have looked for depends on the endpoint.
  for (const name of ['token', 'refresh_token', 'code']) {
    const text = findForm(ctx)?.get(name)
    const patient = text ? await findConcerned(store.db, text, now) : undefined
    if (patient !== undefined) return patient
  }
  return undefined
}

/** Finds the person who acts: by the bearer token, the session, or the code or token that is exchanged. */
const findAccount = async (
  ctx: KoaContextWithOIDC,
  work: UnitOfWork,
  store: Store,
): Promise<Account | undefined> => {
  const { entities } = ctx.oidc ?? { entities: {} }
  const bearer = ctx.state.authorization as Authorization | undefined
  const id =
    bearer?.account?.id ??
    entities.Account?.accountId ??
    entities.AccessToken?.accountId ??
    entities.RefreshToken?.accountId ??
    (ctx.state.accountId as string | undefined)
  // It has already been read if the answer is about a person.
  const loadedAccount =
    work.foundGrants.get(entities.Grant?.jti ?? '')?.account ??
    (entities.Account?.account as Account | undefined)
  return id === undefined || id === loadedAccount?.id ? loadedAccount : findAccountById(store, id)
}

/** Kinds of requests that present a token. */
const TOKEN_KINDS: ReadonlySet<AccessKind> = new Set(['token', 'introspect', 'revoke'])

/** Checks whether the application proved its identity: anybody can send a `client_id`, and a public client proves nothing. */
const isProven = (ctx: KoaContextWithOIDC, kind: AccessKind, isForSomebody: boolean): boolean => {
  if (ctx.state.authorization !== undefined || ctx.state.client !== undefined) return true
  const { Client, ClientCredentials, AuthorizationCode } = ctx.oidc?.entities ?? {}
  // A caller with a code or token that we issued to an application is not a stranger, even if it was stolen.
  if (ClientCredentials || AuthorizationCode || (TOKEN_KINDS.has(kind) && isForSomebody)) return true
  // The engine sets the client before it checks its credentials, and answers 401 if they are wrong.
  const hasCredentials = ctx.get('authorization') !== '' || findAssertion(ctx) !== undefined
  const isPublic = Client === undefined || Client.clientAuthMethod === 'none'
  return kind !== 'authorize' && hasCredentials && !isPublic && ctx.status !== 401
}
