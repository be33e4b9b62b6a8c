import type { AdapterPayload } from 'oidc-provider'
import type { Authorization } from '../../grants/authorization.ts'
import { findAuthorization } from '../../grants/find-authorization.ts'
import type { Store } from '../../store/store.ts'
import { REGISTER_SCOPE } from '../consent/offers.ts'
import { findUnitOfWork, requireUnitOfWork } from '../engine/unit-of-work.ts'

/** Who may register an application: an administrator, by a token with the scope `client.register`. */
export const mayRegister = ({ account, words }: Authorization): boolean =>
  account?.role === 'admin' && words.has(REGISTER_SCOPE)

/** Notes that a request proved that it holds the key of this token (RFC 9449). */
export const noteProven = ({ tokenRef }: Authorization): void => {
  requireUnitOfWork().proven.add(tokenRef)
}

/**
 * The engine's own look-up of an initial access token (RFC 7591, section 3), which is an access token of an
 * administrator. The engine asks here whatever came before it; a token that is bound to a key counts only where the
 * request proved to hold that key.
 */
export const findInitialAccessToken = async (
  store: Store,
  value: string,
  now: number,
): Promise<AdapterPayload | undefined> => {
  const authorization = await findAuthorization(store, value, now)
  if (!authorization || !mayRegister(authorization)) return undefined
  const isProven = findUnitOfWork()?.proven.has(authorization.tokenRef) ?? false
  if (authorization.jkt !== undefined && !isProven) return undefined
  return { kind: 'InitialAccessToken', jti: value, exp: Math.floor(authorization.expiresAt / 1000) }
}
