import { ProblemError } from '../messages/errors.ts'
import { longestAddress, requireAddress } from '../net/address.ts'
import type { Endpoints } from '../storage/items.ts'
import { confirmIssuer, findMetadata, type Metadata } from './metadata.ts'
import type { KnownProvider } from './providers.ts'

/** An authorization server whose addresses passed every check. */
export type DiscoveredServer = Metadata & {
  issuer: string
  /** False: it never said who it is, so that an id_token from it cannot be checked and is not asked for. */
  identified: boolean
}

/** What is kept of a server that gave a grant: nothing else that its documents hold. */
export const endpointsOf = ({
  issuer,
  token_endpoint,
  revocation_endpoint,
  registration_endpoint,
  management_endpoint,
  access_log_endpoint,
}: DiscoveredServer): Endpoints => ({
  issuer,
  token_endpoint,
  ...(revocation_endpoint && { revocation_endpoint }),
  ...(registration_endpoint && { registration_endpoint }),
  ...(management_endpoint && { management_endpoint }),
  ...(access_log_endpoint && { access_log_endpoint }),
})

/**
 * Finds out where and how to sign in at a provider, fresh at every sign-in. Throws `ProblemError`: `discovery-failed`,
 * `no-s256`, `foreign-endpoint`, `insecure-address`, `issuer-mismatch`, or what the network gave.
 */
export const discover = async (provider: KnownProvider): Promise<DiscoveredServer> => {
  const found = await findMetadata(provider.fhirBase)
  if (!found) throw new ProblemError('discovery-failed', { organization: provider.name })
  requireS256(found)
  requireOwnOrigins(found, provider)
  const { management_endpoint, ...metadata } = await confirmIssuer(found)
  return {
    ...metadata,
    // Without an issuer the FHIR base stands for it: any `iss` in an answer is then a mismatch.
    issuer: metadata.issuer ?? provider.fhirBase,
    identified: metadata.issuer !== undefined,
    authorization_endpoint: provider.authorizationEndpoint || metadata.authorization_endpoint,
    ...ownManagement(management_endpoint, metadata.issuer, provider.fhirBase),
  }
}

/** A CapabilityStatement cannot say; the challenge is sent all the same. A SMART configuration without S256 is refused. */
const requireS256 = ({ source, code_challenge_methods_supported }: Metadata): void => {
  if (source === 'smart-configuration' && !code_challenge_methods_supported?.includes('S256'))
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
const ownManagement = (address: string | undefined, issuer: string | undefined, fhirBase: string) => {
  const page = address === undefined ? null : URL.parse(address)
  if (page && page.href.length > longestAddress) return {}
  const own = [fhirBase, issuer ?? fhirBase].map((text) => URL.parse(text)?.origin)
  return page && own.includes(page.origin) ? { management_endpoint: page.href } : {}
}

/** A log is the issuer's own: what proves it, and the token that asks for proofs, belongs to no other origin. */
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
  ].filter((address) => address !== undefined)
