import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Access, AccessKind } from '../../audit/access.ts'
import type { Store } from '../../store/store.ts'
import { fhirUser, findAccountById } from '../account/accounts.ts'
import type { Account, Authorization } from '../token/authorization.ts'
import { storedId, tokenRef } from './stored-id.ts'

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
  const user = account && fhirUser(account)
  const token = entities.AccessToken?.jti ?? entities.RefreshToken?.jti
  const patient = (ctx.state.patient as string | null | undefined) ?? account?.patient
  const refused = reason !== undefined || ctx.status >= 400
  return {
    kind,
    requestId: ctx.get('x-request-id'),
    outcome: !refused ? 'success' : ctx.status >= 500 ? 'failed' : 'refused',
    ...(refused && { reason: reason ?? `http_${ctx.status}` }),
    agent: {
      address: ctx.ip,
      ...clientOf(ctx, bearer),
      ...(account && { accountId: account.id, accountName: account.name }),
      ...(user && { fhirUser: user }),
      ...(token && { tokenRef: tokenRef(storedId(token)) }),
    },
    // The steps between are the organization's to see; the person's list has the sign-in, the decision and the token.
    patients: patient && kind !== 'authorize' ? [patient] : [],
  }
}

/** The application that asked; at registration the one through which the administrator asked. */
const clientOf = (ctx: KoaContextWithOIDC, bearer: Authorization | undefined) => {
  if (bearer) return { clientId: bearer.clientId, clientName: bearer.clientName }
  const client = ctx.oidc?.entities.Client
  return client && { clientId: client.clientId, ...(client.clientName && { clientName: client.clientName }) }
}
