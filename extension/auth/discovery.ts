import { ProblemError } from '../messages/errors.ts'
import { longestAddress, requireAddress } from '../net/address.ts'
import type { Endpoints } from '../storage/items.ts'
import { confirmIssuer, findMetadata, type Metadata } from './metadata.ts'
import type { KnownProvider } from './providers.ts'

/** An authorization server whose addresses passed every check. */
export type DiscoveredServer = Metadata & {
  issuer: string
  /** False when the server names no issuer: an id_token from it could not be checked, so none is requested. */
  hasIssuer: boolean
}

/** Returns the only parts of a server's documents that are stored with a grant. */
export const endpointsOf = ({
  issuer,
  token_endpoint,
  revocation_endpoint,
  registration_endpoint,
  applications_endpoint,
  management_endpoint,
  access_log_endpoint,
}: DiscoveredServer): Endpoints => ({
  issuer,
  token_endpoint,
  ...(revocation_endpoint && { revocation_endpoint }),
  ...(registration_endpoint && { registration_endpoint }),
  ...(applications_endpoint && { applications_endpoint }),
  ...(management_endpoint && { management_endpoint }),
  ...(access_log_endpoint && { access_log_endpoint }),
})

/**
 * Reads a provider's sign-in addresses and methods. Called at every sign-in.
 *
 * @throws ProblemError `discovery-failed`, `no-s256`, `foreign-endpoint`, `issuer-mismatch`, and errors of an address
 * (`insecure-address` among them) or of the network.
 */
export const discover = async (provider: KnownProvider): Promise<DiscoveredServer> => {
  const unconfirmed = await findMetadata(provider.fhirBase)
  if (!unconfirmed) throw new ProblemError('discovery-failed', { organization: provider.name })
  requireS256(unconfirmed)
  requireOwnOrigins(unconfirmed, provider)
  const { management_endpoint, ...metadata } = await confirmIssuer(unconfirmed)
  return {
    ...metadata,
    // Without an issuer the FHIR base takes its place, so any other `iss` in an answer is a mismatch.
    issuer: metadata.issuer ?? provider.fhirBase,
    hasIssuer: metadata.issuer !== undefined,
    authorization_endpoint: provider.authorizationEndpoint || metadata.authorization_endpoint,
    ...managementPageOf(management_endpoint, metadata.issuer, provider.fhirBase),
  }
}

/** Refuses a SMART configuration without S256. A CapabilityStatement cannot list methods; the challenge is sent anyway. */
const requireS256 = ({ source, code_challenge_methods_supported }: Metadata): void => {
  if (source === 'smart-configuration' && !code_challenge_methods_supported?.includes('S256'))
    throw new ProblemError('no-s256')
}

/**
 * Requires that every address lies at the origin of the record, or of the authorization endpoint that the administrator or the
 * build configured. Otherwise a discovery document could send the code or a token anywhere (mix-up, RFC 9700 section 4.4).
 */
const requireOwnOrigins = (metadata: Metadata, { fhirBase, authorizationEndpoint }: KnownProvider): void => {
  const trustedOrigins = [fhirBase, authorizationEndpoint].flatMap((text) => URL.parse(text)?.origin ?? [])
  for (const text of addressesOf(metadata)) {
    const url = requireAddress(text)
    if (!trustedOrigins.includes(url.origin)) throw new ProblemError('foreign-endpoint', { host: url.host })
  }
  requireOwnLog(metadata, fhirBase)
}

/**
 * Returns the management page only if it lies at the record's or the issuer's origin. A page elsewhere is ignored and does not
 * prevent signing in, because Carekey sends nothing there.
 */
const managementPageOf = (address: string | undefined, issuer: string | undefined, fhirBase: string) => {
  const page = address === undefined ? null : URL.parse(address)
  if (page && page.href.length > longestAddress) return {}
  const ownOrigins = [fhirBase, issuer ?? fhirBase].map((text) => URL.parse(text)?.origin)
  return page && ownOrigins.includes(page.origin) ? { management_endpoint: page.href } : {}
}

/** Requires that the access log is at the issuer's origin, because the token that fetches its proofs must go nowhere else. */
const requireOwnLog = ({ issuer, access_log_endpoint }: Metadata, fhirBase: string): void => {
  if (access_log_endpoint === undefined) return
  const { origin, host, search } = requireAddress(access_log_endpoint)
  if (search || origin !== new URL(issuer ?? fhirBase).origin)
    throw new ProblemError('foreign-endpoint', { host })
}

const addressesOf = (metadata: Metadata): string[] =>
  [
    metadata.issuer,
    metadata.authorization_endpoint,
    metadata.token_endpoint,
    metadata.revocation_endpoint,
    metadata.registration_endpoint,
    metadata.applications_endpoint,
  ].filter((address) => address !== undefined)
