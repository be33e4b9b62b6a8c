import { ProblemError } from '../messages/errors.ts'
import { requireAddress } from './address.ts'
import { findJson } from './http.ts'

/** What an organization says about signing in, read but not yet believed. Addresses are absolute. */
export interface Metadata {
  source: 'smart-configuration' | 'capability-statement'
  issuer?: string
  authorizationEndpoint: string
  tokenEndpoint: string
  registrationEndpoint?: string
  revocationEndpoint?: string
  /** Where the access log's proofs are; Carekey's own, no part of SMART. */
  accessLogEndpoint?: string
  /** Undefined when the document cannot say. */
  challengeMethods?: string[]
  capabilities: string[]
  /** RFC 9207: every authorization response names its issuer. */
  issParameter: boolean
  idTokenAlgorithms?: string[]
}

type Json = Record<string, unknown>

/**
 * Reads `.well-known/smart-configuration` under the FHIR base (SMART App Launch 2.2, section 4), or, where there is none,
 * the CapabilityStatement's `oauth-uris`. Undefined when neither names where to sign in.
 */
export const findMetadata = async (fhirBase: string): Promise<Metadata | undefined> => {
  const configuration = await findJson(`${fhirBase}/.well-known/smart-configuration`, 'application/json')
  const found = configuration && fromConfiguration(configuration, fhirBase)
  if (found) return found
  const statement = await findStatement(fhirBase)
  return statement && fromStatement(statement, fhirBase)
}

export const findStatement = async (fhirBase: string): Promise<Json | undefined> => {
  const statement = await findJson(`${fhirBase}/metadata`, 'application/fhir+json')
  return statement?.resourceType === 'CapabilityStatement' ? statement : undefined
}

const fromConfiguration = (document: Json, fhirBase: string): Metadata | undefined => {
  const address = (name: string) => resolve(document[name], fhirBase)
  const authorizationEndpoint = address('authorization_endpoint')
  const tokenEndpoint = address('token_endpoint')
  if (!authorizationEndpoint || !tokenEndpoint) return undefined
  const registrationEndpoint = address('registration_endpoint')
  const revocationEndpoint = address('revocation_endpoint')
  const accessLogEndpoint = address('access_log_endpoint')
  return {
    source: 'smart-configuration',
    authorizationEndpoint,
    tokenEndpoint,
    ...(registrationEndpoint && { registrationEndpoint }),
    ...(revocationEndpoint && { revocationEndpoint }),
    ...(accessLogEndpoint && { accessLogEndpoint }),
    ...(typeof document.issuer === 'string' && { issuer: document.issuer }),
    challengeMethods: strings(document.code_challenge_methods_supported),
    capabilities: strings(document.capabilities),
    ...fromAuthorizationServer(document),
  }
}

const fromAuthorizationServer = (document: Json): Pick<Metadata, 'issParameter' | 'idTokenAlgorithms'> => {
  const idTokenAlgorithms = strings(document.id_token_signing_alg_values_supported)
  return {
    issParameter: document.authorization_response_iss_parameter_supported === true,
    ...(idTokenAlgorithms.length > 0 && { idTokenAlgorithms }),
  }
}

/**
 * Asks the issuer itself: its own document must say that it is the issuer's (RFC 8414 section 3.3, OpenID Connect Discovery
 * 4.3), and says more of it. Connects to whatever address `metadata` names, so that has to be believed first.
 */
export const confirmIssuer = async (metadata: Metadata): Promise<Metadata> => {
  if (!metadata.issuer) return metadata
  const issuer = requireAddress(metadata.issuer, 'issuer')
  const path = issuer.pathname.replace(/\/$/, '')
  const document =
    (await findJson(`${issuer.origin}${path}/.well-known/openid-configuration`, 'application/json')) ??
    (await findJson(`${issuer.origin}/.well-known/oauth-authorization-server${path}`, 'application/json'))
  if (!document) return metadata
  if (document.issuer !== metadata.issuer) throw new ProblemError('issuer-mismatch', { host: issuer.host })
  const { issParameter, ...algorithms } = fromAuthorizationServer(document)
  return { ...metadata, ...algorithms, issParameter: metadata.issParameter || issParameter }
}

const fromStatement = (statement: Json, fhirBase: string): Metadata | undefined => {
  const uris = objects(statement.rest)
    .flatMap(({ security }) => objects([security]))
    .flatMap(({ extension }) => objects(extension))
    .filter(({ url }) => typeof url === 'string' && url.endsWith('/StructureDefinition/oauth-uris'))
    .flatMap(({ extension }) => objects(extension))
  const address = (name: string) => resolve(uris.find(({ url }) => url === name)?.valueUri, fhirBase)
  const authorizationEndpoint = address('authorize')
  const tokenEndpoint = address('token')
  if (!authorizationEndpoint || !tokenEndpoint) return undefined
  const registrationEndpoint = address('register')
  const revocationEndpoint = address('revoke')
  return {
    source: 'capability-statement',
    authorizationEndpoint,
    tokenEndpoint,
    ...(registrationEndpoint && { registrationEndpoint }),
    ...(revocationEndpoint && { revocationEndpoint }),
    capabilities: [],
    issParameter: false,
  }
}

const resolve = (value: unknown, fhirBase: string): string | undefined =>
  typeof value === 'string' && value !== '' ? URL.parse(value, `${fhirBase}/`)?.href : undefined

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []

const objects = (value: unknown): Json[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'object' && entry !== null) : []
