import { errors } from 'oidc-provider'
import type { ClientRecord } from './client-policy.ts'
import { RESOURCE_SERVER } from './client-policy.ts'
import { limitToRegistration } from './registered-scope.ts'

/** Start of the message for metadata that only the terminal can register, even for an administrator. */
const AT_THE_TERMINAL = 'only "npm run admin -- client add" can register'

/** Members with an address to which a person's browser is sent. */
const ADDRESSES = ['redirect_uris', 'launch_uri', 'initiate_login_uri'] as const

/**
 * Checks metadata that is written over the network (RFC 7591, RFC 7592). It never makes a backend service or a resource
 * server. A change never widens the scope, weakens the authentication, or sends people to a host that no administrator
 * registered. An application may renew its own secret and keys.
 *
 * @param before the registered metadata; absent for a new application.
 * @throws OIDCProviderError `invalid_client_metadata` or `invalid_redirect_uri` when the metadata is not allowed.
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
  const knownHosts = hostsOf(before)
  for (const host of hostsOf(next))
    if (!knownHosts.has(host))
      throw new errors.CustomOIDCProviderError(
        'invalid_redirect_uri',
        'redirect_uris and launch_uri must stay at the hosts that an administrator registered',
      )
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value])

const wordsOf = (scope: string | undefined): string[] =>
  (scope ?? '').split(' ').filter((word) => word !== '')

/** Checks whether a scope is wider. An absent scope is the widest, because then only the person limits access. */
const isWider = (next: string | undefined, before: string | undefined): boolean => {
  if (before === undefined) return false
  if (next === undefined) return true
  return wordsOf(next).some((word) => limitToRegistration(before, word).join(' ') !== word)
}

/** Authentication methods, the weakest first. */
const METHODS = ['none', 'client_secret_basic', 'private_key_jwt']

/** Returns the rank of a client's method; `client_secret_basic` is the default (RFC 7591 section 2). */
const strengthOf = ({ token_endpoint_auth_method: method = 'client_secret_basic' }: ClientRecord): number =>
  METHODS.indexOf(method)

const isWeaker = (next: ClientRecord, before: ClientRecord): boolean =>
  strengthOf(next) < strengthOf(before) ||
  (before.dpop_bound_access_tokens === true && next.dpop_bound_access_tokens !== true)

/** Returns scheme, host and port of every address. A value that is not an address is returned unchanged, to match itself. */
const hostsOf = (client: ClientRecord): Set<string> => {
  const addresses = ADDRESSES.flatMap((name) => listOf(client[name])).filter((each) => each !== undefined)
  return new Set(addresses.map((address) => originOf(String(address))))
}

const originOf = (address: string): string => {
  const url = URL.parse(address)
  // Not `url.origin`, because that is "null" for a browser extension's address.
  return url ? `${url.protocol}//${url.host}` : address
}
