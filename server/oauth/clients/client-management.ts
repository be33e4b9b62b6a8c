import { randomBytes } from 'node:crypto'
import type Provider from 'oidc-provider'
import { type Client, type ClientMetadata, errors } from 'oidc-provider'
import type { ServerDeps } from '../../audit/write/recorder.ts'
import { verifySecret } from '../../sign-in/password/password.ts'
import { reserveTry } from '../../sign-in/secrets/rate-limit.ts'
import { addStep, requireAdmitted, type StepContext } from '../seam/endpoints.ts'
import { needsSecret, newClient, saveClient } from '../seam/internals.ts'
import { readJson } from '../seam/read-body.ts'
import { requireUnitOfWork } from '../seam/unit-of-work.ts'
import { clientBuckets } from './client-limit.ts'
import { findDisabledName } from './clients.ts'
import { endClient, requireChanged } from './end-client.ts'

export interface ManagementDeps extends ServerDeps {
  engine: Provider
}

/** Members that only the server sets (RFC 7592 section 2.2). */
const SERVER_MEMBERS = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

/**
 * Serves client management (RFC 7592): read, replace and delete, with the registration access token. It replaces the
 * engine's own, which would compare and return the stored secret, here a hash. A secret is returned only when it is made; an
 * update with `rotate_client_secret: true` makes a new one.
 */
export const manageClients = (deps: ManagementDeps): void => {
  const { engine } = deps
  addStep(engine, ['client'], async (ctx) => {
    const { clientId = '' } = requireAdmitted(ctx).params
    ctx.set('Cache-Control', 'no-store')
    await answerErrors(ctx, async () => {
      const token = await requireToken(ctx, engine)
      const client = await engine.Client.find(clientId)
      if (
        !client &&
        token.clientId === clientId &&
        (await findDisabledName(deps.store.db, clientId)) !== undefined
      )
        throw new ApplicationDisabled()
      if (!client || client.clientId !== token.clientId)
        throw new errors.InvalidToken('the token belongs to another client')
      ctx.state.client = client
      if (ctx.method === 'DELETE') {
        const { clientId: id, clientName: name = id } = client
        ctx.state.details = { change: 'client removed', application: id }
        ctx.state.changed = { clientId: id, name }
        requireUnitOfWork().operations.push(async (trx) => {
          requireChanged(await endClient(trx, client.clientId))
        })
        ctx.status = 204
        return
      }
      const metadata = ctx.method === 'PUT' ? await replace(ctx, deps, client) : client.metadata()
      ctx.body = {
        ...metadata,
        registration_client_uri: `${engine.issuer}/oauth/register/${encodeURIComponent(clientId)}`,
      }
    })
    if (ctx.body && typeof ctx.body === 'object') hideHash(ctx.body as ClientMetadata)
  })
}

/** Runs the work of a request, and answers with its error. */
export const answerErrors = async (ctx: StepContext, work: () => Promise<void>): Promise<void> => {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof errors.OIDCProviderError)) throw error
    ctx.status = error.status
    if (error.status === 401) ctx.set('WWW-Authenticate', `Bearer error="${error.error}"`)
    ctx.body = { error: error.error, error_description: error.error_description ?? error.message }
  }
}

/** @throws InvalidToken when the request has no valid registration access token. */
const requireToken = async (ctx: StepContext, engine: Provider) => {
  const value = /^Bearer ([\w-]{20,200})$/i.exec(ctx.get('authorization'))?.[1]
  const token = value === undefined ? undefined : await engine.RegistrationAccessToken.find(value)
  if (!token) throw new errors.InvalidToken('registration access token not found')
  return token
}

/** @throws OIDCProviderError when the request or the new metadata is not allowed. */
const replace = async (ctx: StepContext, deps: ManagementDeps, client: Client): Promise<ClientMetadata> => {
  const { engine } = deps
  const { client_secret, rotate_client_secret, ...requested } = await readJson(ctx)
  const forbidden = SERVER_MEMBERS.find((name) => requested[name] !== undefined)
  if (forbidden) throw new errors.InvalidRequest(`the request must not contain ${forbidden}`)
  if (requested.client_id !== client.clientId)
    throw new errors.InvalidRequest('client_id must be the id of this client')
  if (client_secret !== undefined) await requireSecret(ctx, deps, client, client_secret)

  const properties: Record<string, unknown> = Object.fromEntries(
    Object.entries(requested).filter(([, value]) => value !== null && value !== ''),
  )
  const hasSecret = needsSecret(engine, properties)
  const needsNewSecret = hasSecret && (rotate_client_secret === true || !client.clientSecret)
  const secret = needsNewSecret ? randomBytes(32).toString('base64url') : client.clientSecret
  const updatedClient = newClient(engine, {
    ...properties,
    client_id_issued_at: client.clientIdIssuedAt,
    ...(hasSecret && { client_secret: secret, client_secret_expires_at: 0 }),
  })
  await saveClient(engine, updatedClient)
  return updatedClient.metadata()
}

/** Counts a presented secret as a try, then checks it, because it may be a guess here too (F10). @throws OIDCProviderError */
const requireSecret = async (
  ctx: StepContext,
  { store, clock }: ManagementDeps,
  client: Client,
  secret: unknown,
): Promise<void> => {
  const hash = client.clientSecret
  const refusal = new errors.InvalidRequest('client_secret is not the one of this client')
  if (typeof secret !== 'string' || hash === undefined) throw refusal
  const attempt = await reserveTry(store, clientBuckets(client.clientId, ctx.ip), clock())
  if ('wait' in attempt) {
    ctx.set('Retry-After', String(attempt.wait))
    throw new TooManyAttempts()
  }
  if (!(await verifySecret(hash, secret))) throw refusal
  requireUnitOfWork().operations.push(attempt.uncount)
}

/** Not 401, which would mean that the application is gone (RFC 7592 section 2.1). */
class ApplicationDisabled extends errors.CustomOIDCProviderError {
  constructor() {
    super('access_denied', 'The organization has disabled this application.')
    this.status = this.statusCode = 403
  }
}

class TooManyAttempts extends errors.CustomOIDCProviderError {
  constructor() {
    super('temporarily_unavailable', 'Too many failed attempts to prove this client from this address.')
    this.status = this.statusCode = 429
  }
}

const hideHash = (body: ClientMetadata): void => {
  if (body.client_secret?.startsWith('$argon2')) delete body.client_secret
}
