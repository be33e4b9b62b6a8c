import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider'
import { limitToRegistration } from '../../grants/scopes/registered-scope.ts'
import { parseScopes, readOnlyScope } from '../../grants/scopes/scopes.ts'

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
