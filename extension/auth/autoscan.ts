import type { Scan } from '../messages/administration.ts'
import { ProblemError } from '../messages/errors.ts'
import { isLoopback, requireFhirBase } from './address.ts'
import { confirmIssuer, findMetadata, findStatement, type Metadata } from './metadata.ts'
import { ownRedirectUri } from './providers.ts'

/**
 * Finds an organization's addresses from what an administrator has of it: its CapabilityStatement's address, its FHIR
 * base, or its own. Stores nothing. Throws `discovery-failed` and the faults of an address.
 */
export const autoscan = async (text: string): Promise<Scan> => {
  const given = requireFhirBase(text, 'url').replace(/(\/metadata|\/\.well-known\/smart-configuration)$/, '')
  const statement = (await findStatement(given)) ?? (await findStatement(`${given}/fhir`))
  const bases = new Set(
    [statedBase(statement, given), given, `${given}/fhir`].filter((base) => base !== undefined),
  )
  for (const fhirBase of bases) {
    const metadata = await findMetadata(fhirBase)
    if (metadata) return toScan(fhirBase, await askIssuer(fhirBase, metadata), statement)
  }
  throw new ProblemError('discovery-failed', { organization: new URL(given).host })
}

interface Confirmed extends Metadata {
  /** False: the issuer's own document is another's. */
  issuerConfirmed: boolean
}

const askIssuer = async (fhirBase: string, metadata: Metadata): Promise<Confirmed> => {
  const isOwn = URL.parse(metadata.issuer ?? '')?.origin === new URL(fhirBase).origin
  if (!isOwn) return { ...metadata, issuerConfirmed: true }
  try {
    return { ...(await confirmIssuer(metadata)), issuerConfirmed: true }
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'issuer-mismatch')
      return { ...metadata, issuerConfirmed: false }
    throw error
  }
}

/** The FHIR base that the CapabilityStatement names; another origin's is not believed. */
const statedBase = (statement: Record<string, unknown> | undefined, given: string): string | undefined => {
  const { url } = Object(statement?.implementation)
  if (typeof url !== 'string' || URL.parse(url)?.origin !== new URL(given).origin) return undefined
  return requireFhirBase(url, 'url')
}

const toScan = (
  fhirBase: string,
  metadata: Confirmed,
  statement: Record<string, unknown> | undefined,
): Scan => {
  const { source, authorizationEndpoint, tokenEndpoint, registrationEndpoint, revocationEndpoint } = metadata
  const name = nameOf(statement)
  return {
    ...(name && { name }),
    fhirBase,
    authorizationEndpoint,
    tokenEndpoint,
    ...(registrationEndpoint && { registrationEndpoint }),
    ...(revocationEndpoint && { revocationEndpoint }),
    redirectUri: ownRedirectUri(),
    source,
    findings: findingsFor(fhirBase, metadata),
  }
}

const nameOf = (statement: Record<string, unknown> | undefined): string | undefined => {
  const { description } = Object(statement?.implementation)
  return [description, statement?.publisher, statement?.title]
    .filter((candidate) => typeof candidate === 'string')
    .map((candidate) => candidate.trim().slice(0, 100))
    .find((candidate) => candidate !== '')
}

type Finding = Scan['findings'][number]

const good = (code: string): Finding => ({ level: 'good', code })
const should = (code: string): Finding => ({ level: 'should', code })
const must = (code: string): Finding => ({ level: 'must', code })

/** What the documents say about safety, graded: `must` keeps Carekey from signing in or ought to. */
const findingsFor = (fhirBase: string, metadata: Confirmed): Finding[] => {
  const { source, challengeMethods, capabilities } = metadata
  const base = new URL(fhirBase)
  return [
    source === 'smart-configuration' ? good('smart-configuration') : should('capability-statement-only'),
    s256(challengeMethods),
    ...(challengeMethods?.includes('plain') ? [must('plain-offered')] : []),
    issuer(metadata),
    metadata.issParameter ? good('iss-parameter') : should('no-iss-parameter'),
    metadata.revocationEndpoint ? good('revocation-offered') : should('no-revocation'),
    metadata.registrationEndpoint ? good('registration-offered') : should('no-registration'),
    ...(source === 'capability-statement'
      ? []
      : [capabilities.includes('permission-v2') ? good('permission-v2') : should('no-permission-v2')]),
    ...(base.protocol === 'https:' ? [good('https')] : isLoopback(base) ? [should('loopback-http')] : []),
    ...(sameOrigin(base, metadata) ? [] : [should('other-origin')]),
  ]
}

const issuer = ({ issuer: named, issuerConfirmed }: Confirmed): Finding => {
  if (!issuerConfirmed) return must('issuer-mismatch')
  return named ? good('issuer-named') : should('no-issuer')
}

const s256 = (methods: string[] | undefined): Finding => {
  if (!methods) return should('s256-not-stated')
  return methods.includes('S256') ? good('s256-offered') : must('no-s256')
}

const sameOrigin = ({ origin }: URL, metadata: Metadata): boolean =>
  [metadata.authorizationEndpoint, metadata.tokenEndpoint, metadata.issuer ?? origin].every(
    (address) => URL.parse(address)?.origin === origin,
  )
