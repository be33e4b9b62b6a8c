import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Access, AccessKind } from '../../audit/access.ts'
import { TOO_MANY_ATTEMPTS } from '../../audit/count-refusal.ts'
import { findAccountById } from '../../grants/accounts.ts'
import { agentOf } from '../../grants/agent.ts'
import type { Account, Authorization } from '../../grants/authorization.ts'
import { storedId, tokenRef } from '../../grants/stored-id.ts'
import type { Store } from '../../store/store.ts'
import { findForm } from './read-form.ts'

/** The entry of a request that the engine has answered. */
export const accessOf = async (
  ctx: KoaContextWithOIDC,
  kind: AccessKind,
  reason: string | undefined,
  store: Store,
): Promise<Access> => {
  const { entities } = ctx.oidc ?? { entities: {} }
  const bearer = ctx.state.authorization as Authorization | undefined
  const accountId =
    bearer?.account?.id ??
    entities.Account?.accountId ??
    entities.AccessToken?.accountId ??
    entities.RefreshToken?.accountId ??
    (ctx.state.accountId as string | undefined)
  // The engine has read it already where it made an answer about a person.
  const known = entities.Account?.account as Account | undefined
  const account =
    accountId === undefined || accountId === known?.id ? known : await findAccountById(store, accountId)
  const token = entities.AccessToken?.jti ?? entities.RefreshToken?.jti
  const patient = (ctx.state.patient as string | null | undefined) ?? account?.patient
  const failure = reason ?? failureOf(ctx, kind)
  const outcome = failure === undefined ? 'success' : ctx.status >= 500 ? 'failed' : 'refused'
  const isKnown = outcome === 'success' || account !== undefined || isProven(ctx, kind)
  // The application that asked; at registration the one through which the administrator asked.
  const client = isKnown ? (bearer ?? ctx.oidc?.entities.Client) : undefined
  return {
    kind,
    requestId: ctx.get('x-request-id'),
    outcome,
    ...(failure !== undefined && { reason: failure }),
    agent: agentOf(ctx.ip, {
      clientId: client?.clientId,
      clientName: client?.clientName,
      account,
      tokenRef: token && tokenRef(storedId(token)),
    }),
    // The steps between are the organization's to see; the person's list has the sign-in, the decision and the token.
    patients: patient && kind !== 'authorize' ? [patient] : [],
  }
}

/** RFC 7009 and RFC 7662 answer 200 for a token that nobody knows. */
const failureOf = (ctx: KoaContextWithOIDC, kind: AccessKind): string | undefined => {
  if (ctx.status === 429) return TOO_MANY_ATTEMPTS
  if (ctx.status >= 400) return `http_${ctx.status}`
  const { AccessToken, RefreshToken, ClientCredentials } = ctx.oidc?.entities ?? {}
  const isAboutToken = kind === 'introspect' || kind === 'revoke'
  return isAboutToken && !AccessToken && !RefreshToken && !ClientCredentials ? 'unknown_token' : undefined
}

/** Whether the application has proved that it is itself. Anybody may name one, and a public one proves nothing. */
const isProven = (ctx: KoaContextWithOIDC, kind: AccessKind): boolean => {
  if (ctx.state.authorization !== undefined || ctx.state.client !== undefined) return true
  const { Client, ClientCredentials, AuthorizationCode } = ctx.oidc?.entities ?? {}
  // Whoever has a code or a token that was given to an application is no stranger, even as a thief.
  if (ClientCredentials || AuthorizationCode) return true
  // The engine names the client before it looks at what it presented, and answers 401 where that did not hold.
  const presents = ctx.get('authorization') !== '' || findForm(ctx)?.has('client_assertion')
  const isPublic = Client === undefined || Client.clientAuthMethod === 'none'
  return kind !== 'authorize' && presents === true && !isPublic && ctx.status !== 401
}
