import type Provider from 'oidc-provider'
import { errors } from 'oidc-provider'
import type { Clock, Config } from '../../config.ts'
import type { Authorization } from '../../grants/authorization.ts'
import { requirePresentedToken, TokenRefused } from '../../grants/presented-token.ts'
import { LONGEST_HOST } from '../../store/client-origins.ts'
import type { Store } from '../../store/store.ts'
import { REGISTER_SCOPE } from '../consent/offers.ts'
import { addStep, type StepContext } from '../engine/endpoints.ts'
import { markProven, mayRegister } from './registrar.ts'

interface Deps {
  engine: Provider
  config: Config
  store: Store
  clock: Clock
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

/**
 * Checks whether a host is a DNS name or an IP address. `URL` also accepts hosts such as `a;b.test`, which would end a
 * directive of the page's Content-Security-Policy, and hosts of any length.
 */
export const isPlainHost = (hostname: string): boolean =>
  hostname.length <= LONGEST_HOST &&
  /^([a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}\.?$|^\[[0-9a-f:.]+\]$/i.test(hostname)

/** Checks whether an address is plain http on this machine, where its port may vary (RFC 8252 section 7.3). */
export const isLocalHttp = (url: URL | null): boolean =>
  url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)

/**
 * The characters of an address (RFC 3986), without `#` and the wildcard `*`. `URL` also accepts spaces, line breaks, `\` and
 * `https:host`, but the address is compared and sent as it was registered, and a browser may take such a text elsewhere.
 */
const ADDRESS = /^https?:\/\/[\w.~:/?[\]@!$&'()+,;=%-]+$/i

const RULE = `redirect_uris must be https addresses, or http on localhost, without spaces, #, * or a user name, in a host of ${LONGEST_HOST} characters at most`

/**
 * Checks redirect addresses: https, or http on this machine for native applications; no fragment, no user part, no wildcard,
 * and a host that cannot inject into a header (F66).
 *
 * @throws InvalidRedirectUri when an address is not allowed; its description states the rule.
 */
export const checkRedirectUris = (redirectUris: unknown): void => {
  if (!Array.isArray(redirectUris)) return
  for (const uri of redirectUris) {
    const url = typeof uri === 'string' && ADDRESS.test(uri) ? URL.parse(uri) : null
    const isAcceptable =
      url !== null &&
      (url.protocol === 'https:' || isLocalHttp(url)) &&
      isPlainHost(url.hostname) &&
      url.username === '' &&
      url.password === ''
    if (!isAcceptable) throw Object.assign(new errors.InvalidRedirectUri(), { error_description: RULE })
  }
}
