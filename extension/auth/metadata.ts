import { ProblemError } from '../messages/errors.ts'
import { requireAddress } from '../net/address.ts'
import { findJson } from '../net/http.ts'

/** What an organization says about signing in, read but not yet believed. Addresses are absolute. */
export interface Metadata {
  source: 'smart-configuration' | 'capability-statement'
  issuer?: string
  authorizationEndpoint: string
  tokenEndpoint: string
  registrationEndpoint?: string
  revocationEndpoint?: string
  /** Where a person sees and ends what applications may read. */
  managementEndpoint?: string
  /** Where the access log's proofs are; Carekey's own, no part of SMART. */
  accessLogEndpoint?: string
  /** Undefined when the document cannot say. */
  challengeMethods?: string[]
  capabilities: string[]
  /** RFC 9207: every authorization response names its issuer. */
  issParameter: boolean
  idTokenAlgorithms?: string[]
  /** RFC 9449, section 5.1: tokens may be bound to a key of one of these. */
  proofAlgorithms?: string[]
}

/** A document as it came: nothing of it is believed. */
export type Json = Record<string, unknown>

/**
 * Reads `.well-known/smart-configuration` under the FHIR base (SMART App Launch 2.2, section 4), or, where there is none,
 * the CapabilityStatement's `oauth-uris`. Undefined when neither names where to sign in.
 */
export const findMetadata = async (fhirBase: string): Promise<Metadata | undefined> => {
  const configuration = await findConfiguration(fhirBase)
  const found = configuration && fromConfiguration(configuration, fhirBase)
  if (found) return found
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
  const address = (name: string) => resolve(document[name], fhirBase)
  const authorizationEndpoint = address('authorization_endpoint')
  const tokenEndpoint = address('token_endpoint')
  if (!authorizationEndpoint || !tokenEndpoint) return undefined
  const registrationEndpoint = address('registration_endpoint')
  const revocationEndpoint = address('revocation_endpoint')
  const managementEndpoint = address('management_endpoint')
  const accessLogEndpoint = address('access_log_endpoint')
  return {
    source: 'smart-configuration',
    authorizationEndpoint,
    tokenEndpoint,
    ...(registrationEndpoint && { registrationEndpoint }),
    ...(revocationEndpoint && { revocationEndpoint }),
    ...(managementEndpoint && { managementEndpoint }),
    ...(accessLogEndpoint && { accessLogEndpoint }),
    ...(typeof document.issuer === 'string' && { issuer: document.issuer }),
    challengeMethods: strings(document.code_challenge_methods_supported),
    capabilities: strings(document.capabilities),
    ...fromAuthorizationServer(document),
  }
}

const fromAuthorizationServer = (
  document: Json,
): Pick<Metadata, 'issParameter' | 'idTokenAlgorithms' | 'proofAlgorithms'> => {
  const idTokenAlgorithms = strings(document.id_token_signing_alg_values_supported)
  const proofAlgorithms = strings(document.dpop_signing_alg_values_supported)
  return {
    issParameter: document.authorization_response_iss_parameter_supported === true,
    ...(idTokenAlgorithms.length > 0 && { idTokenAlgorithms }),
    ...(proofAlgorithms.length > 0 && { proofAlgorithms }),
  }
}

/**
 * Asks the issuer itself: its own document must say that it is the issuer's (RFC 8414 section 3.3, OpenID Connect Discovery
 * 4.3), and says more of it. Connects to whatever address `metadata` names, so that has to be believed first.
 */
export const confirmIssuer = async (metadata: Metadata): Promise<Metadata> => {
  if (!metadata.issuer) return metadata
  const document = await findIssuerDocument(metadata.issuer)
  if (!document) return metadata
  if (document.issuer !== metadata.issuer)
    throw new ProblemError('issuer-mismatch', { host: new URL(metadata.issuer).host })
  return withIssuerDocument(metadata, document)
}

/** The issuer's own document, whatever it says. Throws the faults of an address. */
export const findIssuerDocument = async (named: string): Promise<Json | undefined> => {
  const issuer = requireAddress(named, 'issuer')
  const path = issuer.pathname.replace(/\/$/, '')
  return (
    (await findJson(`${issuer.origin}${path}/.well-known/openid-configuration`, 'application/json')) ??
    (await findJson(`${issuer.origin}/.well-known/oauth-authorization-server${path}`, 'application/json'))
  )
}

export const withIssuerDocument = (metadata: Metadata, document: Json): Metadata => {
  const { issParameter, ...algorithms } = fromAuthorizationServer(document)
  return { ...metadata, ...algorithms, issParameter: metadata.issParameter || issParameter }
}

export const fromStatement = (statement: Json, fhirBase: string): Metadata | undefined => {
  const uris = oauthUris(statement)
  const address = (name: string) => resolve(uris[name], fhirBase)
  const authorizationEndpoint = address('authorize')
  const tokenEndpoint = address('token')
  if (!authorizationEndpoint || !tokenEndpoint) return undefined
  const registrationEndpoint = address('register')
  const revocationEndpoint = address('revoke')
  const managementEndpoint = address('manage')
  return {
    source: 'capability-statement',
    authorizationEndpoint,
    tokenEndpoint,
    ...(registrationEndpoint && { registrationEndpoint }),
    ...(revocationEndpoint && { revocationEndpoint }),
    ...(managementEndpoint && { managementEndpoint }),
    capabilities: [],
    issParameter: false,
  }
}

/** The CapabilityStatement's `oauth-uris`, by name: `authorize`, `token`, `register` … */
export const oauthUris = (statement: Json): Json =>
  Object.fromEntries(
    objects(statement.rest)
      .flatMap(({ security }) => objects([security]))
      .flatMap(({ extension }) => objects(extension))
      .filter(({ url }) => typeof url === 'string' && url.endsWith('/StructureDefinition/oauth-uris'))
      .flatMap(({ extension }) => objects(extension))
      .map(({ url, valueUri }) => [String(url), valueUri]),
  )

export const resolve = (value: unknown, fhirBase: string): string | undefined =>
  typeof value === 'string' && value !== '' ? URL.parse(value, `${fhirBase}/`)?.href : undefined

export const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []

export const objects = (value: unknown): Json[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'object' && entry !== null) : []
