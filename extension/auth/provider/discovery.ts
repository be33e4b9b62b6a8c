import { parseAddress, requireUrl } from '../../../values/parse-address.ts'
import { ProblemError } from '../../messages/errors.ts'
import { longestAddress, requireAddress } from '../../net/address.ts'
import type { Endpoints } from '../../storage/items.ts'
import { findIssuerDocument, findMetadata, type Metadata, withIssuerDocument } from './metadata.ts'
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

/** The addresses of a provider that somebody configured or chose; `authorizationEndpoint` is empty if nobody did. */
type ConfiguredAddresses = Pick<KnownProvider, 'fhirBase' | 'authorizationEndpoint'>

/**
 * Reads a provider's sign-in addresses and methods. Called at every sign-in.
 *
 * @throws ProblemError `discovery-failed`, and what `confirmServer` throws.
 */
export const discover = async (
  provider: ConfiguredAddresses & Pick<KnownProvider, 'label'>,
): Promise<DiscoveredServer> => {
  const metadata = await findMetadata(provider.fhirBase)
  if (!metadata) throw new ProblemError('discovery-failed', { organization: provider.label })
  return confirmServer(metadata, provider, findIssuerDocument)
}

/**
 * Returns the authorization server that a record's `metadata` describes, or refuses it. Otherwise a record could name an honest
 * organization's sign-in page beside a token endpoint of its own, and would be sent the honest one's code (mix-up, RFC 9700 section
 * 4.4). So if an issuer is named, its own document states every address that is sent a code or a token (RFC 8414 section 3.3); and
 * unless each answer names its issuer (RFC 9207), codes and refresh tokens go only to the origin of the sign-in page. Autoscan calls
 * this too, so it foretells every refusal.
 *
 * @param findDocument reads the issuer's document; called only for an issuer at the origin of a configured address.
 * @throws ProblemError `no-s256`, `foreign-endpoint`, `issuer-mismatch`, `issuer-unconfirmed`, errors of an address
 * (`insecure-address` among them), and what `findDocument` throws.
 */
export const confirmServer = async (
  metadata: Metadata,
  provider: ConfiguredAddresses,
  findDocument: typeof findIssuerDocument,
): Promise<DiscoveredServer> => {
  const { fhirBase, authorizationEndpoint } = provider
  const { issuer } = metadata
  requireS256(metadata)
  // Before anything is requested at an address that the document names.
  requireOrigins(addressesOf(metadata), [fhirBase, authorizationEndpoint])
  const confirmed = issuer === undefined ? metadata : await confirmIssuer(metadata, issuer, findDocument)
  requireConfiguredSignIn(confirmed, authorizationEndpoint)
  requireOrigins(addressesOf(confirmed), [fhirBase, authorizationEndpoint])
  const namesSender = issuer !== undefined && confirmed.authorization_response_iss_parameter_supported
  if (!namesSender) requireOrigins(codeAddressesOf(confirmed), [confirmed.authorization_endpoint])
  requireOwnLog(confirmed, fhirBase)
  const { management_endpoint, ...server } = confirmed
  return {
    ...server,
    // Without an issuer the FHIR base takes its place, so any other `iss` in an answer is a mismatch.
    issuer: issuer ?? fhirBase,
    hasIssuer: issuer !== undefined,
    authorization_endpoint: authorizationEndpoint || server.authorization_endpoint,
    ...managementPageOf(management_endpoint, issuer, fhirBase),
  }
}

/**
 * Requires that the issuer's own document names this issuer and the record's authorization and token endpoint (RFC 8414 section 3.3,
 * OpenID Connect Discovery 4.3), and returns the metadata with its addresses.
 */
const confirmIssuer = async (
  metadata: Metadata,
  issuer: string,
  findDocument: typeof findIssuerDocument,
): Promise<Metadata> => {
  const { host } = requireAddress(issuer)
  const document = await findDocument(issuer)
  if (document && document.issuer !== issuer) throw new ProblemError('issuer-mismatch', { host })
  const confirmed = document && withIssuerDocument(metadata, issuer, document)
  const isConfirmed = (['authorization_endpoint', 'token_endpoint'] as const).every(
    (name) => confirmed?.[name] === metadata[name],
  )
  if (!confirmed || !isConfirmed) throw new ProblemError('issuer-unconfirmed', { host })
  return confirmed
}

/** Refuses a SMART configuration without S256. A CapabilityStatement cannot list methods; the challenge is sent anyway. */
const requireS256 = ({ source, code_challenge_methods_supported }: Metadata): void => {
  if (source === 'smart-configuration' && !code_challenge_methods_supported?.includes('S256'))
    throw new ProblemError('no-s256')
}

/** Requires that every address lies at the origin of one of these, because a document could send people, codes or tokens anywhere. */
const requireOrigins = (addresses: readonly (string | undefined)[], trusted: readonly string[]): void => {
  const trustedOrigins = trusted.flatMap((text) => parseAddress(text)?.origin ?? [])
  for (const text of addresses) {
    if (text === undefined) continue
    const url = requireAddress(text)
    if (!trustedOrigins.includes(url.origin)) throw new ProblemError('foreign-endpoint', { host: url.host })
  }
}

/** Requires that the sign-in page is the configured one, apart from its query, which may name a realm or a tenant. */
const requireConfiguredSignIn = ({ authorization_endpoint }: Metadata, configuredAddress: string): void => {
  const configured = parseAddress(configuredAddress)
  const { origin, pathname, host } = requireUrl(authorization_endpoint)
  if (configured && (configured.origin !== origin || configured.pathname !== pathname))
    throw new ProblemError('foreign-endpoint', { host })
}

/**
 * Returns the management page only if it lies at the record's or the issuer's origin. A page elsewhere is ignored and does not
 * prevent signing in, because Carekey sends nothing there.
 */
const managementPageOf = (address: string | undefined, issuer: string | undefined, fhirBase: string) => {
  const page = address === undefined ? null : parseAddress(address)
  if (page && page.href.length > longestAddress) return {}
  const ownOrigins = [fhirBase, issuer ?? fhirBase].map((text) => parseAddress(text)?.origin)
  return page && ownOrigins.includes(page.origin) ? { management_endpoint: page.href } : {}
}

/** Requires that the access log is at the issuer's origin, because the token that fetches its proofs must go nowhere else. */
const requireOwnLog = ({ issuer, access_log_endpoint }: Metadata, fhirBase: string): void => {
  if (access_log_endpoint === undefined) return
  const { origin, host, search } = requireAddress(access_log_endpoint)
  if (search || origin !== requireUrl(issuer ?? fhirBase).origin)
    throw new ProblemError('foreign-endpoint', { host })
}

/** The addresses that are sent codes and refresh tokens. */
const codeAddressesOf = (metadata: Metadata) => [metadata.token_endpoint, metadata.revocation_endpoint]

const addressesOf = (metadata: Metadata) => [
  metadata.issuer,
  metadata.authorization_endpoint,
  ...codeAddressesOf(metadata),
  metadata.registration_endpoint,
  metadata.applications_endpoint,
]
