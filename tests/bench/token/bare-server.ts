import { createServer } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { type Adapter } from 'oidc-provider'
import { type Config, fhirBase } from '../../../server/config.ts'
import { carekeyClient } from '../../../server/demo/client.ts'
import { answerJob } from '../job.ts'

/** The engine's own adapter, untyped in its package. Left to itself it forgets all but a thousand records, too few here. */
const MEMORY = 'oidc-provider/lib/adapters/memory_adapter.js'

type MemoryAdapterClass = new (model: string, store: Map<string, unknown>) => Adapter

interface BareJob {
  readonly config: Config
  readonly scope: string
  readonly chains: number
}

/**
 * The engine by itself on its memory adapter, with the same client, scope, resource, lifetimes and kinds of token.
 *
 * @returns a refresh token for each chain.
 */
answerJob(async ({ config, scope, chains }: BareJob): Promise<string[]> => {
  const base = fhirBase(config)
  const { default: MemoryAdapter } = (await import(MEMORY)) as { default: MemoryAdapterClass }
  const memory = new Map<string, unknown>()
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const engine = new Provider(config.publicUrl, {
    adapter: (model) => new MemoryAdapter(model, memory),
    clients: [carekeyClient],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['bare'] },
    routes: { token: '/oauth/token', introspection: '/oauth/introspect' },
    scopes: ['openid', 'fhirUser', 'offline_access', 'launch/patient'],
    claims: { openid: ['sub'], fhirUser: ['fhirUser', 'name'] },
    responseTypes: ['code'],
    clientAuthMethods: ['none'],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    expiresWithSession: () => false,
    ttl: { AccessToken: 3600, RefreshToken: 86_400, IdToken: 3600, Grant: 86_400 },
    features: {
      devInteractions: { enabled: false },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, caller, token) => token.clientId === caller.clientId,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => base,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope, audience: base, accessTokenFormat: 'opaque' }),
      },
    },
    findAccount: (_ctx, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, name: 'John Doe', fhirUser: `${base}/Patient/john-doe` }),
    }),
  })
  const client = await engine.Client.find(carekeyClient.client_id)
  if (!client) throw new Error('The client is missing.')
  const openChain = async (): Promise<string> => {
    const grant = new engine.Grant({ accountId: 'john', clientId: client.clientId })
    grant.addOIDCScope(scope)
    grant.addResourceScope(base, scope)
    const grantId = await grant.save()
    const token = new engine.RefreshToken({
      ...{ accountId: 'john', client, grantId, scope, gty: 'authorization_code', resource: base },
      ...{ authTime: Math.floor(Date.now() / 1000), expiresWithSession: false },
    } as ConstructorParameters<typeof engine.RefreshToken>[0])
    return token.save()
  }
  const tokens: string[] = []
  for (let chain = 0; chain < chains; chain++) tokens.push(await openChain())

  const server = createServer(engine.callback())
  await new Promise<void>((listening) => server.listen(config.port, config.host, listening))
  return tokens
})
