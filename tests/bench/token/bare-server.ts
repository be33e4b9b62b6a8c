import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Adapter } from 'oidc-provider'
import { type Config, fhirBase } from '../../../server/config.ts'
import { carekeyClient } from '../../../server/demo/seed.ts'
import { answerJob } from '../job.ts'
import { durableAdapter } from '../peers/durable-adapter.ts'
import { importPeer } from '../peers/install-peers.ts'

/** The engine's own adapter, which has no types. By default it forgets all but a thousand records, which is too few here. */
const MEMORY = 'oidc-provider/lib/adapters/memory_adapter.js'

type MemoryAdapterClass = new (model: string, store: Map<string, unknown>) => Adapter

export interface BareJob {
  readonly config: Config
  /** The file of a durable adapter, and with it the engine of the peers' folder; else it remembers everything in memory. */
  readonly durable?: string
  readonly scope: string
  readonly chains: number
  readonly codes: number
  /** The PKCE challenge (S256) of every code. */
  readonly challenge: string
  readonly redirectUri: string
  /** The application that acts on its own behalf. */
  readonly job: { readonly clientId: string; readonly publicKey: JWK; readonly scope: string }
  /** The resource server that introspects. */
  readonly checker: { readonly client_id: string; readonly client_secret: string }
}

export interface BareServer {
  readonly refreshTokens: string[]
  readonly codes: string[]
}

/**
 * Serves only the engine, with the same client, scope, resource, lifetimes and kinds of token.
 *
 * @returns a refresh token for each chain, and the codes.
 */
answerJob(async ({ config, durable, scope, chains, job, checker, ...bare }: BareJob): Promise<BareServer> => {
  const base = fhirBase(config)
  const { default: Provider } =
    durable === undefined
      ? await import('oidc-provider')
      : await importPeer<typeof import('oidc-provider')>('oidc-provider')
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const engine = new Provider(config.publicUrl, {
    adapter: durable === undefined ? await memoryAdapter() : durableAdapter(durable),
    clients: [
      { ...carekeyClient(config), redirect_uris: [bare.redirectUri] },
      {
        ...checker,
        token_endpoint_auth_method: 'client_secret_basic',
        grant_types: [],
        response_types: [],
        redirect_uris: [],
      },
      {
        client_id: job.clientId,
        token_endpoint_auth_method: 'private_key_jwt',
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        jwks: { keys: [job.publicKey] },
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['bare'] },
    routes: { token: '/oauth/token', introspection: '/oauth/introspect' },
    scopes: ['openid', 'fhirUser', 'offline_access', 'launch/patient'],
    claims: { openid: ['sub'], fhirUser: ['fhirUser', 'name'] },
    responseTypes: ['code'],
    clientAuthMethods: ['none', 'client_secret_basic', 'private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: ['ES384'] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    expiresWithSession: () => false,
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 600,
      ClientCredentials: 300,
      RefreshToken: 86_400,
      IdToken: 3600,
      Grant: 86_400,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, caller) => caller.clientId === checker.client_id,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => base,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: `${scope} ${job.scope}`,
          audience: base,
          accessTokenFormat: 'opaque',
        }),
      },
    },
    findAccount: (_ctx, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, name: 'John Doe', fhirUser: `${base}/Patient/john-doe` }),
    }),
  })
  const client = await engine.Client.find('carekey')
  if (!client) throw new Error('The client is missing.')
  const newGrant = async () => {
    const grant = new engine.Grant({ accountId: 'john', clientId: client.clientId })
    grant.addOIDCScope(scope)
    grant.addResourceScope(base, scope)
    return {
      ...{ accountId: 'john', client, grantId: await grant.save(), scope, resource: base },
      ...{ authTime: Math.floor(Date.now() / 1000), expiresWithSession: false },
    }
  }
  const refreshTokens: string[] = []
  while (refreshTokens.length < chains) {
    const token = { ...(await newGrant()), gty: 'authorization_code' }
    refreshTokens.push(
      await new engine.RefreshToken(token as ConstructorParameters<typeof engine.RefreshToken>[0]).save(),
    )
  }
  const codes: string[] = []
  while (codes.length < bare.codes) {
    const code = {
      ...(await newGrant()),
      ...{ redirectUri: bare.redirectUri, codeChallenge: bare.challenge, codeChallengeMethod: 'S256' },
    }
    codes.push(
      await new engine.AuthorizationCode(
        code as ConstructorParameters<typeof engine.AuthorizationCode>[0],
      ).save(),
    )
  }

  const server = createServer(engine.callback())
  await new Promise<void>((listening) => server.listen(config.port, config.host, listening))
  return { refreshTokens, codes }
})

const memoryAdapter = async (): Promise<(model: string) => Adapter> => {
  const { default: MemoryAdapter } = (await import(MEMORY)) as { default: MemoryAdapterClass }
  const memory = new Map<string, unknown>()
  return (model) => new MemoryAdapter(model, memory)
}
