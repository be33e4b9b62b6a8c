import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { addStep } from '../seam/endpoints.ts'
import { isGrantTypeRefused } from '../seam/internals.ts'
import { invalidGrant } from './invalid-grant.ts'

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
