import type Provider from 'oidc-provider'
import { type Client, errors } from 'oidc-provider'
import { faultOfScopes, parseScopes } from '../../grants/scopes/scopes.ts'
import { checkScopesWith } from '../seam/internals.ts'
import { REGISTER_SCOPE } from '../terms/offers.ts'
import { checkMetadataBudget } from './metadata-budget.ts'
import { faultOfAddress } from './outbound-fetch.ts'
import { checkLaunchUris, checkRedirectUris, parseRegistered } from './registered-addresses.ts'

/** Client metadata, as registered and stored. */
export interface ClientRecord {
  readonly redirect_uris?: unknown
  readonly grant_types?: readonly string[]
  readonly token_endpoint_auth_method?: string
  readonly scope?: string
  readonly [name: string]: unknown
}

/** Members with an address that this server, or a browser that shows its pages, would fetch. */
const FETCHED_MEMBERS = ['jwks_uri', 'logo_uri'] as const

/**
 * Checks an application's metadata, beyond the engine's own checks.
 *
 * @throws InvalidRedirectUri when a redirect address is not allowed.
 * @throws InvalidClientMetadata when another member is.
 */
export const checkClientMetadata = (client: ClientRecord, allowLoopback: boolean): void => {
  checkMetadataBudget(client)
  checkRedirectUris(client.redirect_uris)
  checkLaunchUris(client)
  // The engine checks types as well, but later.
  if (client.grant_types !== undefined && !isStringList(client.grant_types))
    throw new errors.InvalidClientMetadata('grant_types must be a list of strings')
  for (const name of ['scope', 'token_endpoint_auth_method'] as const)
    if (client[name] !== undefined && typeof client[name] !== 'string')
      throw new errors.InvalidClientMetadata(`${name} must be a string`)
  if (client.client_name !== undefined && typeof client.client_name !== 'string')
    throw new errors.InvalidClientMetadata('client_name must be a string')
  // Every application gets the same subject for a person, so a sector has no use.
  if (client.sector_identifier_uri !== undefined)
    throw new errors.InvalidClientMetadata('sector_identifier_uri is not supported')
  for (const name of FETCHED_MEMBERS) {
    const fault = client[name] === undefined ? undefined : faultOfAddress(client[name], allowLoopback)
    if (fault) throw new errors.InvalidClientMetadata(`${name} cannot be used: ${fault}`)
  }
  for (const [name, value] of Object.entries(client))
    if (/_uris?$/.test(name) && ![value].flat().every(isAddress))
      throw new errors.InvalidClientMetadata(`${name} must be an address whose host is written in ASCII`)
  const isBackendService = client.grant_types?.includes('client_credentials') ?? false
  if (isBackendService && client.token_endpoint_auth_method !== 'private_key_jwt')
    throw new errors.InvalidClientMetadata(
      'client_credentials needs token_endpoint_auth_method private_key_jwt',
    )
  if (isBackendService && !/(^| )system\//.test(client.scope ?? ''))
    throw new errors.InvalidClientMetadata('client_credentials needs a scope with system/ scopes')
}

/** The engine parses addresses itself, and refuses what is no text. */
const isAddress = (value: unknown): boolean => typeof value !== 'string' || parseRegistered(value) !== null

const isStringList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((each) => typeof each === 'string')

/**
 * Allows resource scopes in client metadata `scope` (RFC 7591 section 2), because the engine has no list of them. This
 * `scope` limits which parts of a record an application may request, never the identity scopes.
 */
export const acceptResourceScopes = (engine: Provider, identityScopes: readonly string[]): void => {
  checkScopesWith(engine, (scope, { grant_types }) => {
    const words = scope.split(' ').filter((word) => word !== '')
    const own = words.filter((word) => !identityScopes.includes(word) && word !== REGISTER_SCOPE).join(' ')
    const fault = faultOfScopes(own)
    if (fault !== undefined) throw new errors.InvalidClientMetadata(`scope ${fault}`)
    if (own !== '' && parseScopes(own).length < own.split(' ').length)
      throw new errors.InvalidClientMetadata('scope contains a word that is not a scope of this server')
    const signsIn = grant_types?.includes('authorization_code') ?? true
    return [...new Set([...(signsIn ? identityScopes : []), ...words])].join(' ')
  })
}

/** Client metadata that only the terminal sets: the application protects records and may introspect every token (RFC 7662). */
export const RESOURCE_SERVER = 'resource_server'

export const isResourceServer = (client: Client): boolean => client[RESOURCE_SERVER] === true

/** Checks the member `resource_server`. @throws InvalidClientMetadata when the value or the method is not allowed. */
export const checkResourceServer = (value: unknown, method: unknown): void => {
  if (value === undefined) return
  if (value !== true) throw new errors.InvalidClientMetadata('resource_server must be true or absent')
  if (method === 'none')
    throw new errors.InvalidClientMetadata('a resource server must authenticate with a secret or a key')
}
