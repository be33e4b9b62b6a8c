/** Types of an internal module of the engine, which only `internals.ts` imports. */
declare module 'oidc-provider/lib/helpers/weak_cache.js' {
  import type { JWK } from 'jose'
  import type Provider from 'oidc-provider'

  export function get(provider: Provider): {
    readonly keystore: { add(key: JWK): void; clear(): void }
    jwks: { keys: JWK[] }
  }
}
