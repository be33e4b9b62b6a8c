import { decodeJwt } from 'jose'
import type Provider from 'oidc-provider'
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { parseAddress } from '../../../values/parse-address.ts'
import type { Clock } from '../../config.ts'
import { FRESHNESS_SECONDS } from '../../grants/dpop.ts'
import type { Keyring } from '../../keys/keys.ts'
import { addStep, requireAdmitted } from '../seam/endpoints.ts'
import { isGrantTypeRefused, replaceKeys } from '../seam/internals.ts'
import { addToForm, findForm } from '../seam/read-body.ts'

/** Replaces what is not offered; the engine refuses it because it knows nothing of this name. */
const NOT_OFFERED = 'not-offered'

const SENTENCES: Readonly<Record<string, string>> = {
  refresh_token:
    'The refresh token is unknown, was used, has ended, or is another application’s; one that is bound to a key needs its DPoP proof.',
  authorization_code:
    'The code is unknown, was used, is older than a minute, or is of another request: redirect_uri, code_verifier and client_id must be those of the authorization request.',
}

/**
 * Returns the answer to a code or token that is not taken (RFC 6749, section 5.2), in words that say which member of the request it is. They
 * are the same for every reason, so that nobody learns whether a code or token exists.
 */
export const invalidGrant = (grantType: unknown): { error: string; error_description: string } => ({
  error: 'invalid_grant',
  error_description: SENTENCES[String(grantType)] ?? 'The grant is not valid.',
})

/** Enforces RFC 6749 where the engine is more lenient or answers with another error. */
export const followTokenEndpointRules = (engine: Provider): void => {
  addStep(engine, ['token'], async (ctx, next) => {
    // Section 2.3.1: addresses end up in logs, so a secret that was sent in one has to be replaced (A22).
    if (ctx.querystring !== '') {
      ctx.status = 400
      ctx.body = {
        error: 'invalid_request',
        error_description: 'The token endpoint takes its parameters from the body of the request.',
      }
      return
    }
    await next()
    // Section 5.2: a grant type that this client may not use has its own error (A21).
    // Its words name no member of the request.
    if (isInvalidGrant(ctx.body))
      ctx.body = invalidGrant((ctx as KoaContextWithOIDC).oidc?.params?.grant_type)
    if (isGrantTypeRefused(ctx.body)) ctx.body = { ...(ctx.body as object), error: 'unauthorized_client' }
  })
}

const isInvalidGrant = (body: unknown): boolean =>
  (body as { error?: string } | undefined)?.error === 'invalid_grant'

/**
 * Adds the `client_id` to a public application's refresh that lacks it. SMART App Launch 2.2 ("Refresh access token")
 * gives this request no `client_id`, RFC 6749 (section 3.2.1) requires it only when a code is redeemed, and `fhirclient`
 * omits it; the engine needs one. An application with a secret or a key still has to prove itself. An unknown token is
 * answered with `invalid_grant`, which tells the application that the person has to sign in again (RFC 6749, section 5.2).
 */
export const nameRefreshingClient = (engine: Provider): void => {
  addStep(engine, ['token'], async (context, next) => {
    const ctx = context as KoaContextWithOIDC
    const form = ctx.get('authorization') === '' ? findForm(ctx) : undefined
    const value = form && unnamedRefresh(form)
    if (value === undefined) return next()
    const token = await engine.RefreshToken.find(value)
    if (token?.clientId === undefined) {
      engine.emit('grant.error', ctx, new errors.InvalidGrant('refresh token not found'))
      ctx.status = 400
      ctx.body = invalidGrant('refresh_token')
      return
    }
    const client = await engine.Client.find(token.clientId)
    if (client?.clientAuthMethod === 'none') addToForm(ctx, 'client_id', client.clientId)
    return next()
  })
}

/** Returns the token of a refresh that does not name its application. */
const unnamedRefresh = (form: URLSearchParams): string | undefined => {
  const [token, ...others] = form.getAll('refresh_token')
  const isNamed = ['client_id', 'client_secret', 'client_assertion'].some((name) => form.has(name))
  return form.get('grant_type') === 'refresh_token' && others.length === 0 && !isNamed ? token : undefined
}

/**
 * Refuses a DPoP proof at the token endpoint that is not recent by our clock. The engine relies on the system clock: if that
 * is set back, an old proof looks recent again, although our record of its use has expired (F16).
 */
export const refuseStaleProofs = ({ engine, clock }: { engine: Provider; clock: Clock }): void => {
  addStep(engine, ['token'], async (ctx, next) => {
    const { iat } = claimsOf(ctx.get('dpop'))
    if (typeof iat !== 'number' || Math.abs(clock() / 1000 - iat) <= FRESHNESS_SECONDS) return next()
    ctx.status = 400
    ctx.body = { error: 'invalid_dpop_proof', error_description: 'the DPoP proof is not recent' }
  })
}

/** Returns none for a malformed proof, which the engine refuses. */
const claimsOf = (proof: string): Readonly<Record<string, unknown>> => {
  try {
    return decodeJwt(proof)
  } catch {
    return {}
  }
}

/**
 * Keeps addresses from the engine whose host is not short and plain, because it gives them to `URL` as they are (`parse-address.ts`): of
 * a DPoP proof, of a redirect to another port of this machine, and of a resource.
 */
export const refuseCostlyAddresses = (engine: Provider): void => {
  engine.use(async (ctx, next) => {
    const isForeign = isNoAddress(claimsOf(ctx.get('dpop')).htu)
    const isTarget = !findForm(ctx)?.getAll('resource').some(isNoAddress)
    if (!isForeign && isTarget) return next()
    ctx.status = 400
    ctx.body = isForeign
      ? { error: 'invalid_dpop_proof', error_description: 'htu is not the address of this request' }
      : { error: 'invalid_target', error_description: 'resource is not the address of the FHIR base' }
  })
  addStep(engine, ['authorization'], async (ctx, next) => {
    const replaced = ['redirect_uri', 'resource']
      .filter((name) => [ctx.query[name]].flat().some(isNoAddress))
      .map((name) => [name, NOT_OFFERED])
    if (replaced.length > 0) ctx.query = { ...ctx.query, ...Object.fromEntries(replaced) }
    return next()
  })
}

const isNoAddress = (text: unknown): boolean =>
  typeof text === 'string' && text !== '' && parseAddress(text, { longest: text.length }) === null

/** Replaces the engine's signing keys at each request that uses them, so that they can be rotated while it runs. */
export const publishKeys = (engine: Provider, keys: Keyring): void => {
  addStep(engine, ['authorization', 'resume', 'token', 'jwks'], async (ctx, next) => {
    replaceKeys(engine, keys.signing, keys.published)
    await next()
    // A cached copy may lack the key that signs now.
    if (requireAdmitted(ctx).name === 'jwks') ctx.set('cache-control', 'no-cache')
  })
}

/**
 * Allows only the response mode that discovery lists, `query`. The engine has two more that no setting turns off. With
 * `fragment`, an attacker's link sends the code where the application does not look, so that it stays unredeemed.
 * `form_post` answers with a page that runs a script, which no page here may do.
 */
export const allowOnlyQueryMode = (engine: Provider): void => {
  addStep(engine, ['authorization'], async (ctx, next) => {
    const { response_mode: mode } = ctx.query
    if (typeof mode === 'string' && mode !== '' && mode !== 'query')
      ctx.query = { ...ctx.query, response_mode: NOT_OFFERED }
    return next()
  })
}

/** Leaves out the media type of an empty body, which some libraries refuse (`oidc-client-ts`, after a revocation). */
export const leaveOutEmptyType = (engine: Provider): void => {
  engine.use(async (ctx, next) => {
    await next()
    if (ctx.body === '') ctx.remove('Content-Type')
  })
}
