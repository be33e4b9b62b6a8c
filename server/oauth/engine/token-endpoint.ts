import type Provider from 'oidc-provider'
import { addStep } from './endpoints.ts'
import { isGrantTypeRefused } from './internals.ts'

/** Where the engine is more lenient, or says it in other words, than RFC 6749 does. */
export const followTokenEndpointRules = (engine: Provider): void => {
  addStep(engine, ['token'], async (ctx, next) => {
    // Section 2.3.1: what comes in an address ends up in logs, and a secret that came so has to be replaced (A22).
    if (ctx.querystring !== '') {
      ctx.status = 400
      ctx.body = {
        error: 'invalid_request',
        error_description: 'The token endpoint takes its parameters from the body of the request.',
      }
      return
    }
    await next()
    // Section 5.2: a grant type that this client may not use has an error of its own (A21).
    if (isGrantTypeRefused(ctx.body)) ctx.body = { ...(ctx.body as object), error: 'unauthorized_client' }
  })
}
