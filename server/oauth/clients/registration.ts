import type Provider from 'oidc-provider'
import type { AdapterPayload } from 'oidc-provider'
import type { ServerDeps } from '../../audit/write/recorder.ts'
import type { Authorization } from '../../grants/authorization.ts'
import { findAuthorization, type GrantDeps } from '../../grants/find-authorization.ts'
import { requirePresentedToken, TokenRefused } from '../../grants/presented-token.ts'
import { addStep, type StepContext } from '../seam/endpoints.ts'
import { findUnitOfWork, requireUnitOfWork } from '../seam/unit-of-work.ts'
import { REGISTER_SCOPE } from '../terms/offers.ts'

/** Checks whether a token may register an application: an administrator's, with the scope `client.register`. */
const mayRegister = ({ account, words }: Authorization): boolean =>
  account?.role === 'admin' && words.has(REGISTER_SCOPE)

/** Remembers that the request proved possession of this token's key (RFC 9449). */
const markProven = ({ tokenRef }: Authorization): void => {
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

interface Deps extends ServerDeps {
  engine: Provider
}

/**
 * Restricts registration to administrators: the initial access token of RFC 7591 section 3 is an administrator's access
 * token with the scope `client.register`. This step checks the proof of possession and reports what is missing; the rule
 * is enforced again when the engine looks the token up (`findInitialAccessToken`).
 */
export const guardRegistration = (deps: Deps): void => {
  addStep(deps.engine, ['registration'], async (ctx, next) => {
    const authorization = await findRegistrar(ctx, deps)
    if (!authorization) return
    markProven(authorization)
    // The engine looks the token up again, and accepts only the scheme Bearer here.
    ctx.req.headers.authorization = ctx.get('authorization').replace(/^\S+ +/, 'Bearer ')
    return next()
  })
}

/** Returns the administrator's authorization with which a request came. Without one, answers 401 or 403. */
export const findRegistrar = async (
  ctx: StepContext,
  { engine, config, store, clock }: Deps,
): Promise<Authorization | undefined> => {
  const token = {
    authorization: ctx.get('authorization') || undefined,
    dpop: ctx.get('dpop') || undefined,
    method: ctx.method,
    url: `${engine.issuer}${ctx.path}`,
  }
  const authorization = await requirePresentedToken({ store, config }, token, clock()).catch(
    (error: unknown) => {
      if (!(error instanceof TokenRefused)) throw error
      ctx.state.held = error.held
      return undefined
    },
  )
  ctx.state.authorization = authorization
  if (authorization && mayRegister(authorization)) return authorization
  ctx.status = authorization ? 403 : 401
  const error = authorization ? 'insufficient_scope' : 'invalid_token'
  ctx.set('WWW-Authenticate', `Bearer error="${error}", scope="${REGISTER_SCOPE}"`)
  ctx.body = { error, error_description: 'Only an administrator may register and change applications.' }
  return undefined
}
