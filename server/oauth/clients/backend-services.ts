import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider'
import { parseScopes, readingScope } from '../../grants/scopes.ts'
import { withinRegistration } from './registered-scope.ts'

/** A token of an application that acts for itself lives this long, in seconds (SMART Backend Services, section 4.3.2). */
export const SYSTEM_TOKEN_SECONDS = 300

export const isBackendService = (ctx: KoaContextWithOIDC): boolean =>
  ctx.oidc.params?.grant_type === 'client_credentials'

/**
 * What an application that acts for itself is given: the `system/` scopes it asked for, as far as it was registered for
 * them, for reading. The request is narrowed as well, since the engine intersects the two word by word.
 *
 * @throws InvalidClient when it did not prove itself with a key; InvalidScope when nothing is left.
 */
export const systemScope = (ctx: KoaContextWithOIDC, client: Client): string => {
  if (client.clientAuthMethod !== 'private_key_jwt')
    throw new errors.UnauthorizedClient('client_credentials takes an application with a key of its own')
  const asked = String(ctx.oidc.params?.scope ?? '')
  const scope = parseScopes(asked)
    .filter(({ context }) => context === 'system')
    .flatMap((each) => readingScope(each) ?? [])
    .flatMap(({ text }) => withinRegistration(client.scope ?? '', text))
    .join(' ')
  if (scope === '') throw new errors.InvalidScope('no system/ scope that this application may have', asked)
  if (ctx.oidc.params) ctx.oidc.params.scope = scope
  return scope
}
