import type Provider from 'oidc-provider'
import { get as internalsOf } from 'oidc-provider/lib/helpers/weak_cache.js'
import { requireAdmitted } from './endpoints.ts'
import type { Keyring } from './keys.ts'

/**
 * Gives the engine its signing keys anew for each request, so that they can be rotated while it runs: the engine takes
 * them once, when it is made, and has no address of its own for this.
 */
export const publishKeys = (engine: Provider, keys: Keyring): void => {
  const { keystore } = internalsOf(engine)
  engine.use(async (ctx, next) => {
    const { signing, published } = keys.current()
    // In one turn of the event loop: no request finds the store empty.
    keystore.clear()
    keystore.add(signing)
    for (const key of published.slice(1)) keystore.add({ ...key, key_ops: ['verify'] })
    internalsOf(engine).jwks = { keys: [...published] }
    await next()
    // A copy that is a minute old may lack the key that signs now.
    if (requireAdmitted(ctx).name === 'jwks') ctx.set('cache-control', 'no-cache')
  })
}
