import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { fhirBase } from '../../../server/config.ts'
import { carekeyClient } from '../../../server/demo/seed.ts'
import { answerJob } from '../job.ts'
import type { BareJob, BareServer } from '../token/bare-server.ts'
import { BETTER_AUTH_PATH, createBetterAuth } from './better-auth.ts'

export interface BetterAuthJob extends BareJob {
  /** The file of its database. */
  readonly durable: string
  /** Redeems the code of each chain. */
  readonly verifier: string
}

const HOUR = 3_600_000

/** As Better Auth stores secrets and codes. */
const hashed = (value: string) => createHash('sha256').update(value).digest('base64url')

/** Better Auth as an OAuth provider on a durable SQLite file, with the same clients, grants and resource. */
answerJob(
  async ({
    config,
    durable,
    scope,
    chains,
    job,
    checker,
    verifier,
    ...bare
  }: BetterAuthJob): Promise<BareServer> => {
    const database = new DatabaseSync(durable)
    database.exec('pragma journal_mode = wal; pragma foreign_keys = on; pragma synchronous = off')
    const resource = fhirBase(config)
    const { client_id, grant_types, response_types } = carekeyClient(config)
    const fhirUser = `${resource}/Patient/john-doe`
    const auth = await createBetterAuth({
      ...{ baseURL: config.publicUrl, database, resource, idTokenClaims: { fhirUser, name: 'John Doe' } },
      scopes: [...scope.split(' '), job.scope],
      clientIds: [client_id, job.clientId, checker.client_id],
    })
    const { adapter, internalAdapter } = await auth.$context
    const add = async (client: { clientId: string; [member: string]: unknown }) => {
      const now = { createdAt: new Date(), updatedAt: new Date() }
      await adapter.create({ model: 'oauthClient', data: { redirectUris: [], ...client, ...now } })
      const link = { clientId: client.clientId, resourceId: resource, createdAt: new Date() }
      await adapter.create({ model: 'oauthClientResource', data: link })
    }
    await add({
      ...{ clientId: client_id, name: 'Carekey', tokenEndpointAuthMethod: 'none', requirePKCE: true },
      ...{ redirectUris: [bare.redirectUri], scopes: scope.split(' ') },
      ...{ grantTypes: grant_types, responseTypes: response_types },
    })
    await add({
      ...{ clientId: checker.client_id, clientSecret: hashed(checker.client_secret) },
      ...{ tokenEndpointAuthMethod: 'client_secret_basic', grantTypes: [] },
    })
    await add({
      ...{ clientId: job.clientId, tokenEndpointAuthMethod: 'private_key_jwt' },
      ...{ grantTypes: ['client_credentials'], jwks: JSON.stringify({ keys: [job.publicKey] }) },
      ...{ scopes: [job.scope], clientCredentialsScopes: [job.scope] },
    })
    const john = { name: 'John Doe', email: 'john@example.org', emailVerified: true }
    const user = await internalAdapter.createUser(john)

    const newCode = async (): Promise<string> => {
      const session = await internalAdapter.createSession(user.id)
      const code = randomBytes(24).toString('base64url')
      const query = {
        ...{ response_type: 'code', client_id, redirect_uri: bare.redirectUri, scope, resource },
        ...{ code_challenge: bare.challenge, code_challenge_method: 'S256' },
      }
      await internalAdapter.createVerificationValue({
        ...{ identifier: hashed(code), expiresAt: new Date(Date.now() + HOUR) },
        value: JSON.stringify({
          ...{ type: 'authorization_code', query, resource: [resource] },
          ...{ userId: user.id, sessionId: session.id, authTime: Date.now() },
        }),
      })
      return code
    }
    const redeem = async (code: string): Promise<string> => {
      const form = { grant_type: 'authorization_code', client_id, redirect_uri: bare.redirectUri, code }
      const response = await auth.handler(
        new Request(`${config.publicUrl}${BETTER_AUTH_PATH}token`, {
          method: 'POST',
          body: new URLSearchParams({ ...form, code_verifier: verifier }),
        }),
      )
      const { refresh_token } = (await response.clone().json()) as { refresh_token?: string }
      if (!refresh_token) throw new Error(`A code was not redeemed: ${await response.text()}`)
      return refresh_token
    }
    const refreshTokens: string[] = []
    while (refreshTokens.length < chains) refreshTokens.push(await redeem(await newCode()))
    const codes: string[] = []
    while (codes.length < bare.codes) codes.push(await newCode())
    database.exec('pragma wal_checkpoint(truncate); pragma synchronous = full')

    const server = createServer(async (request, response) => {
      const url = `${config.publicUrl}${request.url?.replace(/^\/oauth\//, BETTER_AUTH_PATH)}`
      const headers = request.headers as Record<string, string>
      const asked = new Request(url, { method: request.method ?? '', headers, body: await text(request) })
      const answer = await auth.handler(asked)
      response.statusCode = answer.status
      response.setHeaders(answer.headers).end(await answer.text())
    })
    await new Promise<void>((listening) => server.listen(config.port, config.host, listening))
    return { refreshTokens, codes }
  },
)
