import type Provider from 'oidc-provider'
import type { Keyring } from '../../keys/keys.ts'
import { addStep, requireAdmitted } from '../seam/endpoints.ts'
import { replaceKeys } from '../seam/internals.ts'

/** Replaces the engine's signing keys at each request that uses them, so that they can be rotated while it runs. */
export const publishKeys = (engine: Provider, keys: Keyring): void => {
  addStep(engine, ['authorization', 'resume', 'token', 'jwks'], async (ctx, next) => {
    replaceKeys(engine, keys.signing, keys.published)
    await next()
    // A cached copy may lack the key that signs now.
    if (requireAdmitted(ctx).name === 'jwks') ctx.set('cache-control', 'no-cache')
  })
}
