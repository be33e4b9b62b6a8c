import type { DatabaseSync } from 'node:sqlite'
import { importPeer } from './install-peers.ts'

/** Where Better Auth answers; requests to `/oauth/` are passed on to it. */
export const BETTER_AUTH_PATH = '/api/auth/oauth2/'

/** The parts of Better Auth that the comparison uses. Its types are not installed here. */
export interface BetterAuth {
  handler(request: Request): Promise<Response>
  readonly $context: Promise<{
    readonly adapter: { create(row: { model: string; data: object }): Promise<unknown> }
    readonly internalAdapter: {
      createUser(user: object): Promise<{ readonly id: string }>
      createSession(userId: string): Promise<{ readonly id: string }>
      createVerificationValue(value: object): Promise<unknown>
    }
  }>
}

export interface BetterAuthSettings {
  readonly baseURL: string
  readonly database: DatabaseSync
  readonly scopes: readonly string[]
  /** The protected resource that all tokens are for. */
  readonly resource: string
  readonly clientIds: readonly string[]
  /** Further claims of an id_token. */
  readonly idTokenClaims: object
}

/**
 * Better Auth as its documentation recommends for production: the JWT plugin signs access tokens and id_tokens (Ed25519), trusted
 * clients and the resource are cached, secrets and codes are stored as hashes, and the tables have all indexes. Only its limits
 * of requests are off, because a benchmark is nothing else than too many requests.
 */
export const createBetterAuth = async ({
  baseURL,
  database,
  scopes,
  resource,
  clientIds,
  idTokenClaims,
}: BetterAuthSettings): Promise<BetterAuth> => {
  process.env.NODE_ENV = 'production'
  const { betterAuth } = await importPeer<{ betterAuth(options: object): BetterAuth }>('better-auth')
  const { jwt } = await importPeer<{ jwt(): object }>('better-auth/plugins')
  const { oauthProvider } = await importPeer<{ oauthProvider(options: object): object }>(
    '@better-auth/oauth-provider',
  )
  const { getMigrations } = await importPeer<{
    getMigrations(options: object): Promise<{ runMigrations(): Promise<void> }>
  }>('better-auth/db/migration')
  const options = {
    ...{ baseURL, database, secret: crypto.randomUUID() + crypto.randomUUID() },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    plugins: [
      jwt(),
      oauthProvider({
        ...{ loginPage: '/login', consentPage: '/consent', scopes },
        ...{ resources: [resource], cachedResources: new Set([resource]) },
        cachedTrustedClients: new Set(clientIds),
        refreshTokenExpiresIn: 86_400,
        customIdTokenClaims: () => idTokenClaims,
      }),
    ],
  }
  await (await getMigrations(options)).runMigrations()
  return betterAuth(options)
}
