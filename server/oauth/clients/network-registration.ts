import { isDeepStrictEqual } from 'node:util'
import { errors } from 'oidc-provider'
import type { ClientRecord } from './client-policy.ts'
import { RESOURCE_SERVER } from './client-policy.ts'
import { parseRegistered } from './registered-addresses.ts'

/** Start of the message for metadata that only the terminal can register, even for an administrator. */
const AT_THE_TERMINAL = 'only "npm run admin -- client add" can register'

/** The members with which an application proves who it is. The server sets when a secret ends. */
const OWN_MEMBERS = ['client_secret', 'client_secret_expires_at', 'jwks', 'jwks_uri']

const REDIRECTS = 'redirect_uris'

/**
 * Checks metadata that is written over the network (RFC 7591, RFC 7592). It never makes a backend service or a resource
 * server. A change is made by the application itself, so it concerns only `OWN_MEMBERS` and redirects at
 * the same hosts. Every other member, also one that is not known here, is an administrator's.
 *
 * @param before the registered metadata; absent for a new application.
 * @throws OIDCProviderError `invalid_client_metadata`, or `access_denied` for a change that needs an administrator.
 */
export const checkNetworkRegistration = (next: ClientRecord, before?: ClientRecord): void => {
  if (listOf(next.grant_types).includes('client_credentials'))
    throw new errors.InvalidClientMetadata(`${AT_THE_TERMINAL} grant_types with client_credentials`)
  if (wordsOf(next.scope).some((word) => word.startsWith('system/')))
    throw new errors.InvalidClientMetadata(`${AT_THE_TERMINAL} a scope with system/`)
  if (next[RESOURCE_SERVER] !== undefined)
    throw new errors.InvalidClientMetadata(`${AT_THE_TERMINAL} a resource server`)
  if (before === undefined) return

  const members = new Set([...Object.keys(before), ...Object.keys(next)])
  const denied = [...members].filter((name) => !mayChange(name, next, before))
  if (denied.length > 0) throw new NeedsAdministrator(denied)
}

class NeedsAdministrator extends errors.CustomOIDCProviderError {
  constructor(members: readonly string[]) {
    const names = members.map((name) => (name === REDIRECTS ? `${name} (to another host)` : name))
    super('access_denied', `Only an administrator may change or leave out ${names.join(', ')}.`)
    this.status = this.statusCode = 403
  }
}

const mayChange = (name: string, next: ClientRecord, before: ClientRecord): boolean => {
  if (OWN_MEMBERS.includes(name) || isDeepStrictEqual(next[name], before[name])) return true
  const registered = hostsOf(before)
  return name === REDIRECTS && [...hostsOf(next)].every((host) => registered.has(host))
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value])

const wordsOf = (scope: string | undefined): string[] =>
  (scope ?? '').split(' ').filter((word) => word !== '')

/** Returns scheme, host and port of every redirect address. A value that is not an address is returned unchanged, to match itself. */
const hostsOf = ({ redirect_uris }: ClientRecord): Set<string> =>
  new Set(listOf(redirect_uris).map((address) => originOf(String(address))))

const originOf = (address: string): string => {
  const url = parseRegistered(address)
  // Not `url.origin`, because that is "null" for a browser extension's address.
  return url ? `${url.protocol}//${url.host}` : address
}
