import { errors } from 'oidc-provider'
import type { ClientRecord } from './client-policy.ts'
import { withinRegistration } from './registered-scope.ts'
import { RESOURCE_SERVER } from './resource-server.ts'

/** What may be registered over the network holds none of this, whoever asks: it is registered at the terminal. */
const AT_THE_TERMINAL = 'only npm run admin -- client add registers'

/** Members that name an address to which a person's browser is sent. */
const ADDRESSES = ['redirect_uris', 'launch_uri', 'initiate_login_uri'] as const

/**
 * What may be written about an application over the network (RFC 7591, RFC 7592). It never acts for itself, and a
 * change never lets it ask for more or prove less, nor sends people to a host that an administrator has not seen. Its secret
 * and its keys are its own to renew.
 *
 * @param before as it is registered; absent: it is new.
 * @throws OIDCProviderError `invalid_client_metadata`, `invalid_redirect_uri`
 */
export const checkNetworkRegistration = (next: ClientRecord, before?: ClientRecord): void => {
  if (listOf(next.grant_types).includes('client_credentials'))
    throw new errors.InvalidClientMetadata(`${AT_THE_TERMINAL} grant_types with client_credentials`)
  const words = wordsOf(next.scope)
  if (words.some((word) => word.startsWith('system/')))
    throw new errors.InvalidClientMetadata(`${AT_THE_TERMINAL} a scope with system/`)
  if (next[RESOURCE_SERVER] !== undefined)
    throw new errors.InvalidClientMetadata(`${AT_THE_TERMINAL} a resource server`)
  if (before === undefined) return

  if (isWider(next.scope, before.scope))
    throw new errors.InvalidClientMetadata('scope must not be wider than it was registered')
  if (isWeaker(next, before))
    throw new errors.InvalidClientMetadata(
      'token_endpoint_auth_method and dpop_bound_access_tokens must not be weaker than they were registered',
    )
  const known = hostsOf(before)
  for (const host of hostsOf(next))
    if (!known.has(host))
      throw new errors.CustomOIDCProviderError(
        'invalid_redirect_uri',
        'redirect_uris and launch_uri must stay at the hosts that an administrator registered',
      )
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value])

const wordsOf = (scope: string | undefined): string[] =>
  (scope ?? '').split(' ').filter((word) => word !== '')

/** No scope is the widest of all: nothing but the person limits it. */
const isWider = (next: string | undefined, before: string | undefined): boolean => {
  if (before === undefined) return false
  if (next === undefined) return true
  return wordsOf(next).some((word) => withinRegistration(before, word).join(' ') !== word)
}

/** How an application proves itself, the weakest first. */
const PROOFS = ['none', 'client_secret_basic', 'private_key_jwt']

/** RFC 7591 section 2: what is left out is `client_secret_basic`. */
const proofOf = ({ token_endpoint_auth_method: method = 'client_secret_basic' }: ClientRecord): number =>
  PROOFS.indexOf(method)

const isWeaker = (next: ClientRecord, before: ClientRecord): boolean =>
  proofOf(next) < proofOf(before) ||
  (before.dpop_bound_access_tokens === true && next.dpop_bound_access_tokens !== true)

/** Scheme, host and port of every address; what is no address stays as it is, and is nobody's host. */
const hostsOf = (client: ClientRecord): Set<string> => {
  const addresses = ADDRESSES.flatMap((name) => listOf(client[name])).filter((each) => each !== undefined)
  return new Set(addresses.map((address) => originOf(String(address))))
}

const originOf = (address: string): string => {
  const url = URL.parse(address)
  // A browser extension's address has an origin of its own that `URL` does not know.
  return url ? `${url.protocol}//${url.host}` : address
}
