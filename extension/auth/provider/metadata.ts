import { parseAddress } from '../../../values/parse-address.ts'
import { requireAddress } from '../../net/address.ts'
import { findJson } from '../../net/http.ts'

/** The addresses of an authorization server, by the names of RFC 8414, SMART App Launch 2.2 and (the applications' and the last) Carekey. */
const ADDRESSES = [
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  /** All applications of the organization, for an administrator. */
  'applications_endpoint',
  'revocation_endpoint',
  /** The page on which a person sees and ends what applications may read. */
  'management_endpoint',
  /** The base address of the access log's proofs. */
  'access_log_endpoint',
] as const

type Addresses = Partial<Record<(typeof ADDRESSES)[number], string>>

/** The members of an organization's documents that Carekey uses to sign in, not yet verified. Addresses are absolute. */
export type Metadata = Addresses & {
  source: 'smart-configuration' | 'capability-statement'
  issuer?: string
  authorization_endpoint: string
  token_endpoint: string
  capabilities: string[]
  /** Absent in a CapabilityStatement, which cannot list them. */
  code_challenge_methods_supported?: string[]
} & ServerAbilities

/** Members that the issuer's own document may state as well. */
type ServerAbilities = {
  /** RFC 9207: every authorization response names its issuer. */
  authorization_response_iss_parameter_supported: boolean
  token_endpoint_auth_methods_supported?: string[]
  id_token_signing_alg_values_supported?: string[]
  scopes_supported?: string[]
  /** RFC 9449, section 5.1: tokens may be bound to a key of one of these. */
  dpop_signing_alg_values_supported?: string[]
}

/** A document as received; none of it is verified. */
export type Json = Record<string, unknown>

/**
 * Reads `.well-known/smart-configuration` under the FHIR base (SMART App Launch 2.2, section 4) or, if that names no endpoints,
 * the CapabilityStatement's `oauth-uris`. Undefined if neither names them.
 */
export const findMetadata = async (fhirBase: string): Promise<Metadata | undefined> => {
  const configuration = await findConfiguration(fhirBase)
  const metadata = configuration && fromConfiguration(configuration, fhirBase)
  if (metadata) return metadata
  const statement = await findStatement(fhirBase)
  return statement && fromStatement(statement, fhirBase)
}

export const configurationAddress = (fhirBase: string): string =>
  `${fhirBase}/.well-known/smart-configuration`

export const findConfiguration = (fhirBase: string): Promise<Json | undefined> =>
  findJson(configurationAddress(fhirBase), 'application/json')

export const findStatement = async (fhirBase: string): Promise<Json | undefined> => {
  const statement = await findJson(`${fhirBase}/metadata`, 'application/fhir+json')
  return statement?.resourceType === 'CapabilityStatement' ? statement : undefined
}

export const fromConfiguration = (document: Json, fhirBase: string): Metadata | undefined => {
  const addresses = addressesIn(document, fhirBase)
  return (
    addresses && {
      source: 'smart-configuration',
      ...addresses,
      ...(typeof document.issuer === 'string' && { issuer: document.issuer }),
      code_challenge_methods_supported: strings(document.code_challenge_methods_supported),
      capabilities: strings(document.capabilities),
      ...abilitiesIn(document),
    }
  )
}

/** Returns undefined if the authorization or the token endpoint is missing. `base` completes relative addresses. */
const addressesIn = (document: Json, base: string) => {
  const addresses: Addresses = Object.fromEntries(
    ADDRESSES.flatMap((name) => {
      const address = resolve(document[name], base)
      return address === undefined ? [] : [[name, address]]
    }),
  )
  const { authorization_endpoint, token_endpoint } = addresses
  return authorization_endpoint === undefined || token_endpoint === undefined
    ? undefined
    : { ...addresses, authorization_endpoint, token_endpoint }
}

const abilitiesIn = (document: Json): ServerAbilities => {
  const idToken = strings(document.id_token_signing_alg_values_supported)
  const proof = strings(document.dpop_signing_alg_values_supported)
  const authMethods = strings(document.token_endpoint_auth_methods_supported)
  const scopes = strings(document.scopes_supported)
  return {
    authorization_response_iss_parameter_supported:
      document.authorization_response_iss_parameter_supported === true,
    ...(authMethods.length > 0 && { token_endpoint_auth_methods_supported: authMethods }),
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    ...(idToken.length > 0 && { id_token_signing_alg_values_supported: idToken }),
    ...(proof.length > 0 && { dpop_signing_alg_values_supported: proof }),
  }
}

/**
 * Reads the issuer's own document without checking it.
 *
 * @throws ProblemError what `requireAddress` and `findJson` throw.
 */
export const findIssuerDocument = async (issuerAddress: string): Promise<Json | undefined> => {
  const issuer = requireAddress(issuerAddress, 'issuer')
  const path = issuer.pathname.replace(/\/$/, '')
  return (
    (await findJson(`${issuer.origin}${path}/.well-known/openid-configuration`, 'application/json')) ??
    (await findJson(`${issuer.origin}/.well-known/oauth-authorization-server${path}`, 'application/json'))
  )
}

/**
 * Returns the metadata with every address that is sent a code, a token or a registration taken from the issuer's own document, and
 * none from elsewhere; undefined if that document lacks the authorization or the token endpoint. Only the management page may still
 * come from the record's document, because Carekey sends nothing there.
 */
export const withIssuerDocument = (
  metadata: Metadata,
  issuer: string,
  document: Json,
): Metadata | undefined => {
  const addresses = addressesIn(document, issuer)
  if (!addresses) return undefined
  const {
    registration_endpoint: _register,
    applications_endpoint: _applications,
    revocation_endpoint: _revoke,
    access_log_endpoint: _log,
    management_endpoint,
    ...stated
  } = metadata
  const abilities = abilitiesIn(document)
  return {
    ...stated,
    ...abilities,
    authorization_response_iss_parameter_supported:
      stated.authorization_response_iss_parameter_supported ||
      abilities.authorization_response_iss_parameter_supported,
    ...addresses,
    ...(management_endpoint && { management_endpoint }),
  }
}

export const fromStatement = (statement: Json, fhirBase: string): Metadata | undefined => {
  const addresses = addressesIn(oauthUris(statement), fhirBase)
  return addresses && { source: 'capability-statement', ...addresses, capabilities: [], ...abilitiesIn({}) }
}

/** Member names of the SMART configuration, by their names in `oauth-uris`. */
const NAMES_BY_OAUTH_URI: Record<string, string> = {
  authorize: 'authorization_endpoint',
  token: 'token_endpoint',
  register: 'registration_endpoint',
  introspect: 'introspection_endpoint',
  revoke: 'revocation_endpoint',
  manage: 'management_endpoint',
}

/** Returns the CapabilityStatement's `oauth-uris` under the names of the SMART configuration. */
export const oauthUris = (statement: Json): Json =>
  Object.fromEntries(
    objects(statement.rest)
      .flatMap(({ security }) => objects([security]))
      .flatMap(({ extension }) => objects(extension))
      .filter(({ url }) => typeof url === 'string' && url.endsWith('/StructureDefinition/oauth-uris'))
      .flatMap(({ extension }) => objects(extension))
      .flatMap(({ url, valueUri }) => {
        const name = Object.hasOwn(NAMES_BY_OAUTH_URI, String(url)) && NAMES_BY_OAUTH_URI[String(url)]
        return name ? [[name, valueUri]] : []
      }),
  )

export const resolve = (value: unknown, base: string): string | undefined =>
  typeof value === 'string' && value !== '' ? parseAddress(value, { base: `${base}/` })?.href : undefined

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []

export const objects = (value: unknown): Json[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'object' && entry !== null) : []
