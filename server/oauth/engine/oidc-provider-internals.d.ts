/**
 * What `publish-keys.ts` and `response-modes.ts` reach for in the engine; the version is pinned, and tests rotate keys under
 * load and ask for each mode.
 */
declare module 'oidc-provider/lib/helpers/weak_cache.js' {
  import type { JWK } from 'jose'
  import type Provider from 'oidc-provider'

  export function get(provider: Provider): {
    readonly keystore: { add(key: JWK): void; clear(): void }
    jwks: { keys: JWK[] }
    readonly responseModes: Map<string, unknown>
  }
}
