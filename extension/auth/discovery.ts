import type { AuthorizationServer } from 'oauth4webapi'
import { ProblemError } from '../messages/errors.ts'
import { longestAddress, requireAddress } from '../net/address.ts'
import { confirmIssuer, findMetadata, type Metadata } from './metadata.ts'
import type { KnownProvider } from './providers.ts'

/** An authorization server whose addresses passed every check. */
export interface DiscoveredServer extends AuthorizationServer {
  authorization_endpoint: string
  token_endpoint: string
  /** Where a person sees and ends what applications may read; on the issuer's or the record's own origin. */
  managementEndpoint?: string
  /** Where the access log's proofs are; on the issuer's own origin. */
  accessLogEndpoint?: string
  /** False: it never said who it is, so that an id_token from it cannot be checked and is not asked for. */
  identified: boolean
}

/**
 * Finds out where and how to sign in at a provider, fresh at every sign-in. Throws `ProblemError`: `discovery-failed`,
 * `no-s256`, `foreign-endpoint`, `insecure-address`, `issuer-mismatch`, or what the network gave.
 */
export const discover = async (provider: KnownProvider): Promise<DiscoveredServer> => {
  const found = await findMetadata(provider.fhirBase)
  if (!found) throw new ProblemError('discovery-failed', { organization: provider.name })
  requireS256(found)
  requireOwnOrigins(found, provider)
  const metadata = await confirmIssuer(found)
  return {
    // Without an issuer the FHIR base stands for it: any `iss` in an answer is then a mismatch.
    issuer: metadata.issuer ?? provider.fhirBase,
    identified: metadata.issuer !== undefined,
    authorization_endpoint: provider.authorizationEndpoint || metadata.authorizationEndpoint,
    token_endpoint: metadata.tokenEndpoint,
    ...(metadata.revocationEndpoint && { revocation_endpoint: metadata.revocationEndpoint }),
    ...(metadata.registrationEndpoint && { registration_endpoint: metadata.registrationEndpoint }),
    ...ownManagement(metadata, provider.fhirBase),
    ...(metadata.accessLogEndpoint && { accessLogEndpoint: metadata.accessLogEndpoint }),
    ...(metadata.proofAlgorithms && { dpop_signing_alg_values_supported: metadata.proofAlgorithms }),
    ...(metadata.idTokenAlgorithms && { id_token_signing_alg_values_supported: metadata.idTokenAlgorithms }),
    authorization_response_iss_parameter_supported: metadata.issParameter,
    code_challenge_methods_supported: ['S256'],
  }
}

/** A CapabilityStatement cannot say; the challenge is sent all the same. A SMART configuration without S256 is refused. */
const requireS256 = ({ source, challengeMethods }: Metadata): void => {
  if (source === 'smart-configuration' && !challengeMethods?.includes('S256'))
    throw new ProblemError('no-s256')
}

/**
 * Whoever writes the discovery document could send the code, or a token, anywhere (mix-up, RFC 9700 section 4.4). So every
 * address lies where the record itself does, or where the administrator (or the build) said that signing in begins.
 */
const requireOwnOrigins = (metadata: Metadata, { fhirBase, authorizationEndpoint }: KnownProvider): void => {
  const trusted = [fhirBase, authorizationEndpoint].flatMap((text) => URL.parse(text)?.origin ?? [])
  for (const text of addressesOf(metadata)) {
    const url = requireAddress(text)
    if (!trusted.includes(url.origin)) throw new ProblemError('foreign-endpoint', { host: url.host })
  }
  requireOwnLog(metadata, fhirBase)
}

/** A page for people: one elsewhere is no reason not to sign in, and is not led to. */
const ownManagement = ({ issuer, managementEndpoint }: Metadata, fhirBase: string) => {
  const page = managementEndpoint === undefined ? null : URL.parse(managementEndpoint)
  if (page && page.href.length > longestAddress) return {}
  const own = [fhirBase, issuer ?? fhirBase].map((text) => URL.parse(text)?.origin)
  return page && own.includes(page.origin) ? { managementEndpoint: page.href } : {}
}

/** A log is the issuer's own: what proves it, and the token that asks for proofs, belongs to no other origin. */
const requireOwnLog = ({ issuer, accessLogEndpoint }: Metadata, fhirBase: string): void => {
  if (accessLogEndpoint === undefined) return
  const { origin, host, search } = requireAddress(accessLogEndpoint)
  if (search || origin !== new URL(issuer ?? fhirBase).origin)
    throw new ProblemError('foreign-endpoint', { host })
}

const addressesOf = (metadata: Metadata): string[] =>
  [
    metadata.issuer,
    metadata.authorizationEndpoint,
    metadata.tokenEndpoint,
    metadata.revocationEndpoint,
    metadata.registrationEndpoint,
  ].filter((address) => address !== undefined)
