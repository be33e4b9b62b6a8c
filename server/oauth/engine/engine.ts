import { randomUUID } from 'node:crypto'
import Provider, { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider'
import { plainSpaces } from '../../../values/readable-name.ts'
import type { ServerDeps } from '../../audit/write/recorder.ts'
import { fhirBase } from '../../config.ts'
import { fhirUserClaim, findAccountById } from '../../grants/accounts.ts'
import { DPOP_ALGORITHMS } from '../../grants/dpop.ts'
import { IDENTITY_SCOPES, limitToRegistration } from '../../grants/scopes/registered-scope.ts'
import { faultOfScopes, parseScope } from '../../grants/scopes/scopes.ts'
import { ACCESS_TOKEN_SECONDS } from '../../grants/windows.ts'
import type { Keys } from '../../keys/keys.ts'
import { verifySecret } from '../../sign-in/password/password.ts'
import {
  followRegistration,
  isBackendService,
  SYSTEM_TOKEN_SECONDS,
  systemScope,
} from '../clients/backend-services.ts'
import { ASSERTION_ALGORITHMS, CLOCK_SKEW, checkAssertion } from '../clients/client-assertion.ts'
import {
  acceptResourceScopes,
  type ClientRecord,
  checkClientMetadata,
  checkResourceServer,
  isResourceServer,
  RESOURCE_SERVER,
} from '../clients/client-policy.ts'
import { withinKeyBudget } from '../clients/metadata-budget.ts'
import { cacheFailures, createOutboundFetch } from '../clients/outbound-fetch.ts'
import { LAUNCH_URI } from '../clients/registered-addresses.ts'
import { requireLaunch } from '../launch/launch.ts'
import { addStep, ENDPOINTS } from '../seam/endpoints.ts'
import { compareSecretsWith, disableSessions } from '../seam/internals.ts'
import { findSignInOf, signInPolicy } from '../seam/signed-in.ts'
import { findUnitOfWork } from '../seam/unit-of-work.ts'
import { REGISTER_SCOPE } from '../terms/offers.ts'
import { createAdapter } from './adapter.ts'
import { bindToBrowser } from './begun-authorizations.ts'

export interface EngineDeps extends ServerDeps {
  keys: Keys
  /** Renders the page for an error that must not be sent to a redirect address; its status is by default the error's. */
  errorPage: (
    out: { error: string; error_description?: string | undefined },
    request: { clientId: unknown; uiLocales: unknown; acceptLanguage: string },
  ) => Promise<{ body: string; status?: number }>
}

/** Creates the OAuth engine in the SMART App Launch 2.2 profile: code flow, PKCE S256, `aud`, opaque tokens, rotation. */
export const createEngine = ({ config, store, clock, keys, errorPage }: EngineDeps): Provider => {
  const base = fhirBase(config)
  const allowLoopback = config.demo !== undefined
  const fetchKeys = cacheFailures(withinKeyBudget(createOutboundFetch({ allowLoopback })))
  const accountOf = async (grantId: string | undefined, id: string) => {
    const account = findUnitOfWork()?.foundGrants.get(grantId ?? '')?.account
    return account?.id === id ? account : findAccountById(store, id)
  }
  /** By the clock that the engine reads, as the adapter states `exp` (`inEngineTime`). */
  const secondsLeft = (ctx: KoaContextWithOIDC) =>
    Math.max(1, (ctx.oidc.entities.Grant?.exp ?? 0) - Math.floor(Date.now() / 1000))

  const engine = new Provider(config.publicUrl, {
    adapter: createAdapter({ store, config, clock, keys }),
    jwks: { keys: [keys.signing] },
    cookies: { keys: [keys.cookies] },
    routes: {
      authorization: ENDPOINTS.authorization.path,
      token: ENDPOINTS.token.path,
      introspection: ENDPOINTS.introspection.path,
      revocation: ENDPOINTS.revocation.path,
      registration: ENDPOINTS.registration.path,
      jwks: ENDPOINTS.jwks.path,
    },
    scopes: [...IDENTITY_SCOPES],
    claims: { openid: ['sub', 'name'], fhirUser: ['fhirUser'] },
    responseTypes: ['code'],
    clientAuthMethods: ['none', 'client_secret_basic', 'private_key_jwt'],
    enabledJWA: {
      clientAuthSigningAlgValues: [...ASSERTION_ALGORITHMS],
      dPoPSigningAlgValues: [...DPOP_ALGORITHMS],
    },
    assertJwtClientAuthClaimsAndHeader: (_ctx, claims, header, client) =>
      checkAssertion(clock, claims, header, client),
    fetch: (url) => fetchKeys(String(url)),
    pkce: { required: () => true },
    clockTolerance: CLOCK_SKEW,
    conformIdTokenClaims: true,
    rotateRefreshToken: true,
    allowOmittingSingleRegisteredRedirectUri: false,
    expiresWithSession: () => false,
    // The grant comes from the consent page of this authorization, never from an earlier one.
    loadExistingGrant: async (ctx) => {
      const grantId = ctx.oidc.result?.consent?.grantId
      return grantId ? ctx.oidc.provider.Grant.find(grantId) : undefined
    },
    issueRefreshToken: async (_ctx, client, code) =>
      client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    // Revoking any token of a grant ends the grant (checklist S25).
    revokeGrantPolicy: () => true,
    ttl: {
      AccessToken: (ctx) => Math.min(ACCESS_TOKEN_SECONDS, secondsLeft(ctx)),
      RefreshToken: (ctx) => secondsLeft(ctx),
      AuthorizationCode: 60,
      ClientCredentials: SYSTEM_TOKEN_SECONDS,
      IdToken: ACCESS_TOKEN_SECONDS,
      Interaction: 1800,
      Grant: (_ctx, grant) => grant.exp ?? ACCESS_TOKEN_SECONDS,
    },
    extraParams: {
      // SMART App Launch 2.2, section 2.1.3: a token is valid for this FHIR server only.
      aud: (_ctx, value) => {
        if (value?.replace(/\/$/, '') !== base) {
          throw new errors.InvalidRequest(
            `aud must be ${base}, the FHIR server this application wants to read`,
          )
        }
      },
      launch: async (ctx, value) => {
        if (value === undefined) return
        if (!ctx.oidc.requestParamScopes.has('launch'))
          throw new errors.InvalidRequest('a launch value requires the scope launch')
        await requireLaunch(store, value, ctx.oidc.client?.clientId, clock())
      },
    },
    extraClientMetadata: {
      properties: [LAUNCH_URI, RESOURCE_SERVER],
      validator: (_ctx, key, value, metadata) => {
        checkClientMetadata(metadata as ClientRecord, allowLoopback)
        if (key === RESOURCE_SERVER) checkResourceServer(value, metadata.token_endpoint_auth_method)
        if (metadata.client_name) metadata.client_name = plainSpaces(metadata.client_name)
      },
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      // Public applications may bind their tokens to a key; no nonce is required (RFC 9449 section 8).
      dPoP: { enabled: true },
      clientCredentials: { enabled: true },
      pushedAuthorizationRequests: { enabled: false },
      userinfo: { enabled: false },
      // RFC 7009, section 2.1: an application revokes only its own tokens. A request for another's token has no effect.
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) =>
          client.clientAuthMethod !== 'none' &&
          (token.clientId === client.clientId || isResourceServer(client)),
      },
      // An initial access token is an administrator's access token. The adapter checks it again, whatever ran before.
      registration: {
        enabled: true,
        issueRegistrationAccessToken: true,
        initialAccessToken: true,
        // The engine's own may begin with "-", and would then be an option at the terminal.
        idFactory: () => randomUUID(),
      },
      registrationManagement: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => base,
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx, indicator, client) => {
          if (indicator !== base) throw new errors.InvalidTarget()
          requireGrantable(ctx)
          const scope = isBackendService(ctx)
            ? systemScope(ctx, client)
            : knownScopes(ctx, indicator, client).join(' ')
          return { scope, audience: base, accessTokenFormat: 'opaque' }
        },
      },
    },
    interactions: {
      policy: signInPolicy(),
      url: (_ctx, { prompt, uid }) => `/${prompt.name}/${uid}`,
    },
    // With a token, the lookup of its grant has found the account; without one, the authorization says who signed in.
    findAccount: async (ctx, id, token) => {
      const account = token
        ? await accountOf(token.grantId, id)
        : await findSignInOf({ store, clock }, ctx.oidc.result)
      if (!account) return undefined
      const fhirUser = fhirUserClaim(config, account)
      return {
        accountId: account.id,
        account,
        claims: async () => ({ sub: account.id, name: account.name, ...(fhirUser && { fhirUser }) }),
      }
    },
    renderError: async (ctx, out) => {
      ctx.type = 'html'
      const page = await errorPage(out, {
        clientId: ctx.oidc?.params?.client_id,
        uiLocales: ctx.query.ui_locales,
        acceptLanguage: ctx.get('accept-language'),
      })
      Object.assign(ctx, page)
    },
  })
  acceptResourceScopes(engine, IDENTITY_SCOPES)
  // A sign-in counts for one authorization (docs/decisions/0006); a session would also sign in the next one.
  disableSessions(engine)
  followRegistration(engine)
  bindToBrowser(engine, config, keys)
  // The engine reads host, protocol and address from headers that `engineRoutes` overwrites.
  engine.proxy = true
  compareSecretsWith(engine, verifySecret)
  return engine
}

/**
 * Adds `prompt=consent` to every authorization, because without it the engine drops `offline_access` (OpenID Connect Core,
 * section 11; SMART requires no `prompt`).
 */
export const alwaysAskForConsent = (engine: Provider): void => {
  addStep(engine, ['authorization'], async (ctx, next) => {
    const { prompt } = ctx.query
    const asks = prompt === undefined || (typeof prompt === 'string' && !/\b(none|consent)\b/.test(prompt))
    if (asks) ctx.query = { ...ctx.query, prompt: prompt ? `${prompt} consent` : 'consent' }
    return next()
  })
}

/**
 * Refuses a requested scope that is beyond the budget, or whose limits the consent page cannot say. It runs first, so that nothing
 * is done with such a list. An authorization that goes on has been checked, and may hold the longer list of a part of a wildcard.
 *
 * @throws InvalidScope with the limit by its name.
 */
const requireGrantable = ({ oidc }: KoaContextWithOIDC): void => {
  const { scope } = oidc.params ?? {}
  const fault = typeof scope === 'string' && oidc.route !== 'resume' ? faultOfScopes(scope) : undefined
  if (fault !== undefined) throw new errors.InvalidScope(`scope ${fault}`, '')
  // The scope is read once for each.
  if (Array.isArray(oidc.params?.resource)) throw new errors.InvalidTarget('resource must be given once')
}

/** Returns the scopes of a request that this server understands; the engine drops the others (A39). */
const knownScopes = (ctx: KoaContextWithOIDC, indicator: string, client: Client): string[] => {
  const scope = limitToRegistration(client.scope, [...ctx.oidc.requestParamScopes].join(' '))
  // The consent page must not offer scopes that the application may not request.
  if (client.scope !== undefined && ctx.oidc.params && ctx.oidc.route === 'authorization') {
    ctx.oidc.params.scope = scope
    requireGrantable(ctx)
  }
  const grantScopes = ctx.oidc.entities.Grant?.getResourceScope(indicator).split(' ') ?? []
  return [...scope.split(' '), ...grantScopes].filter(
    (scope) =>
      IDENTITY_SCOPES.includes(scope) ||
      scope === REGISTER_SCOPE ||
      (parseScope(scope) !== undefined && !scope.startsWith('system/')),
  )
}
