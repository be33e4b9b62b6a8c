import type Provider from 'oidc-provider'
import {
  type Client,
  errors,
  type KoaContextWithOIDC,
  type ResponseType,
  type UnknownObject,
} from 'oidc-provider'
import { limitToRegistration } from '../../grants/scopes/registered-scope.ts'
import { parseScopes, readOnlyScope } from '../../grants/scopes/scopes.ts'
import { reviseFound } from '../seam/internals.ts'

/** Lifetime of a backend service's token, in seconds (SMART Backend Services, section 4.3.2). */
export const SYSTEM_TOKEN_SECONDS = 300

export const isBackendService = (ctx: KoaContextWithOIDC): boolean =>
  ctx.oidc.params?.grant_type === 'client_credentials'

/**
 * Returns the scope that a backend service is granted: the requested `system/` scopes, limited to its registration and to
 * reading. Also replaces the request's scope, because the engine grants only scopes that are literally in both.
 *
 * @throws UnauthorizedClient when the service did not authenticate with a key.
 * @throws InvalidScope when no scope remains.
 */
export const systemScope = (ctx: KoaContextWithOIDC, client: Client): string => {
  if (client.clientAuthMethod !== 'private_key_jwt')
    throw new errors.UnauthorizedClient(
      'client_credentials requires authentication with a key (private_key_jwt)',
    )
  const requestedScope = String(ctx.oidc.params?.scope ?? '')
  const reading = parseScopes(requestedScope)
    .filter(({ context }) => context === 'system')
    .flatMap((each) => readOnlyScope(each)?.text ?? [])
  const scope = limitToRegistration(client.scope ?? '', reading.join(' '))
  if (scope === '')
    throw new errors.InvalidScope(
      'the request has no system/ scope that this application is registered for',
      requestedScope,
    )
  if (ctx.oidc.params) ctx.oidc.params.scope = scope
  return scope
}

/**
 * Checks a pending authorization and a code against the application's registration each time that they are looked up (J10). The
 * engine checks a request only when it arrives, and returns people later to the address that was registered then.
 */
export const followRegistration = (engine: Provider): void => {
  reviseFound(engine, 'Interaction', async (interaction) => {
    const { params } = interaction
    const client = await engine.Client.find(String(params.client_id))
    if (!client || !mayAsk(client, params)) return undefined
    params.scope = limitToRegistration(client.scope, String(params.scope ?? ''))
    return interaction
  })
  reviseFound(engine, 'AuthorizationCode', async (code) => {
    const client = await engine.Client.find(code.clientId ?? '')
    // A spent code is still found, because presenting it again ends its grant.
    return !code.isValid || client?.redirectUriAllowed(code.redirectUri ?? '') ? code : undefined
  })
}

const mayAsk = (client: Client, { redirect_uri, response_type, response_mode = 'query' }: UnknownObject) => {
  const type = response_type as ResponseType
  return (
    client.redirectUriAllowed(String(redirect_uri)) &&
    client.responseTypeAllowed(type) &&
    client.responseModeAllowed(String(response_mode), type, undefined)
  )
}
