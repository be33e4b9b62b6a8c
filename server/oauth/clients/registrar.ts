import type { AdapterPayload } from 'oidc-provider'
import type { Authorization } from '../../grants/authorization.ts'
import { findAuthorization, type GrantDeps } from '../../grants/find-authorization.ts'
import { findUnitOfWork, requireUnitOfWork } from '../seam/unit-of-work.ts'
import { REGISTER_SCOPE } from '../terms/offers.ts'

/** Checks whether a token may register an application: an administrator's, with the scope `client.register`. */
export const mayRegister = ({ account, words }: Authorization): boolean =>
  account?.role === 'admin' && words.has(REGISTER_SCOPE)

/** Remembers that the request proved possession of this token's key (RFC 9449). */
export const markProven = ({ tokenRef }: Authorization): void => {
  requireUnitOfWork().provenTokens.add(tokenRef)
}

/**
 * Finds an initial access token for the engine (RFC 7591, section 3): an administrator's access token. The engine always
 * calls this, even if an earlier step was skipped. A token that is bound to a key counts only if the request proved
 * possession of that key.
 */
export const findInitialAccessToken = async (
  deps: GrantDeps,
  value: string,
  now: number,
): Promise<AdapterPayload | undefined> => {
  const authorization = await findAuthorization(deps, value, now)
  if (!authorization || !mayRegister(authorization)) return undefined
  const isProven = findUnitOfWork()?.provenTokens.has(authorization.tokenRef) ?? false
  if (authorization.jkt !== undefined && !isProven) return undefined
  return { kind: 'InitialAccessToken', jti: value, exp: Math.floor(authorization.expiresAt / 1000) }
}
