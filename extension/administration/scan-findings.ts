import { isLoopback } from '../../values/address-range.ts'
import { parseAddress, requireUrl } from '../../values/parse-address.ts'
import { readableName } from '../../values/readable-name.ts'
import { type Json, type Metadata, oauthUris, objects, resolve } from '../auth/provider/metadata.ts'
import type { Code } from '../messages/errors.ts'
import { type Finding, type FindingCode, grades } from '../messages/findings.ts'
import type { ScanDocuments } from './scan-documents.ts'

/** The most characters that a finding quotes from an organization's documents. */
const longestWhat = 500

export const finding = (code: FindingCode, what: readonly string[] = []): Finding => ({
  level: grades[code],
  code,
  ...(what.length > 0 && { what: readableName(what.join(', '), longestWhat) }),
})

/**
 * Grades what an organization publishes. Sends no request.
 *
 * @param refusal the code with which a sign-in refuses the organization.
 */
export const findingsFor = (
  fhirBase: string,
  metadata: Metadata,
  documents: ScanDocuments,
  refusal: Code | undefined,
): Finding[] => {
  const base = requireUrl(fhirBase)
  return [
    ...signInFindings(metadata, documents, refusal),
    ...addressFindings(fhirBase, documents),
    ...keyFindings(metadata, documents),
    finding(metadata.revocation_endpoint ? 'revocation-offered' : 'no-revocation'),
    finding(metadata.registration_endpoint ? 'registration-offered' : 'no-registration'),
    ...searchFindings(documents.statement),
    ...brandFindings(documents),
    ...(base.protocol === 'https:' ? [finding('https')] : isLoopback(base) ? [finding('loopback-http')] : []),
    ...(sameOrigin(base, metadata) ? [] : [finding('other-origin')]),
  ]
}

/** The codes of errors that are found elsewhere, or have another name here. */
const REFUSALS: Partial<Record<Code, FindingCode>> = {
  'foreign-endpoint': 'foreign-endpoint',
  'insecure-address': 'unusable-address',
  'private-address': 'unusable-address',
  'invalid-input': 'unusable-address',
}

const signInFindings = (
  metadata: Metadata,
  { issuerIsElsewhere }: ScanDocuments,
  refusal: Code | undefined,
): Finding[] => {
  const { source, capabilities, issuer: statedIssuer } = metadata
  const challengeMethods = metadata.code_challenge_methods_supported
  const bySmart = source === 'smart-configuration'
  return [
    finding(bySmart ? 'smart-configuration' : 'capability-statement-only'),
    finding(s256Code(challengeMethods)),
    ...(challengeMethods?.includes('plain') ? [finding('plain-offered')] : []),
    finding(issuerCode(statedIssuer, issuerIsElsewhere, refusal)),
    ...(refusal && REFUSALS[refusal] ? [finding(REFUSALS[refusal])] : []),
    finding(metadata.authorization_response_iss_parameter_supported ? 'iss-parameter' : 'no-iss-parameter'),
    ...(bySmart
      ? [finding(capabilities.includes('permission-v2') ? 'permission-v2' : 'no-permission-v2')]
      : []),
  ]
}

const issuerCode = (
  issuer: string | undefined,
  isElsewhere: true | undefined,
  refusal: Code | undefined,
): FindingCode => {
  if (issuer === undefined) return 'no-issuer'
  if (isElsewhere) return 'issuer-elsewhere'
  return refusal === 'issuer-mismatch' || refusal === 'issuer-unconfirmed' ? refusal : 'issuer-named'
}

const s256Code = (methods: string[] | undefined): FindingCode => {
  if (!methods) return 's256-not-stated'
  return methods.includes('S256') ? 's256-offered' : 'no-s256'
}

const addressFindings = (fhirBase: string, documents: ScanDocuments): Finding[] => {
  const { configuration, crossOrigin } = documents
  const differing = disagreements(fhirBase, documents)
  return [
    ...(differing === undefined
      ? []
      : [finding(differing.length > 0 ? 'documents-disagree' : 'documents-agree', differing)]),
    ...(configuration ? relativeAddressFindings(configuration) : []),
    ...(crossOrigin === undefined ? [] : [finding(crossOrigin ? 'cors-open' : 'cors-closed')]),
  ]
}

const relativeAddressFindings = (configuration: Json): Finding[] => {
  const members = Object.entries(configuration)
    .filter(([name, value]) => /^[a-z_]{1,60}(_endpoint|_uri)$/.test(name) && typeof value === 'string')
    .filter(([, value]) => parseAddress(String(value)) === null)
    .map(([name]) => name)
  return members.length > 0 ? [finding('relative-addresses', members)] : []
}

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
/** Signing algorithms of id_tokens that can be checked here. */
const VERIFIABLE = /^(RS|PS|ES)(256|384|512)$|^Ed(25519|DSA)$/

const keyFindings = (
  { source, issuer }: Metadata,
  { configuration, issuer: issuerDocument, keys }: ScanDocuments,
): Finding[] => {
  if (source !== 'smart-configuration' || !issuer) return []
  if ((issuerDocument ?? configuration)?.jwks_uri === undefined) return [finding('no-keys')]
  const keyList = objects(keys?.keys)
  if (keyList.length === 0) return [finding('keys-unreadable')]
  if (keyList.some((key) => PRIVATE_MEMBERS.some((member) => Object.hasOwn(key, member))))
    return [finding('keys-private')]
  return [finding(keyList.some(isVerifiable) ? 'keys-good' : 'keys-unfit')]
}

const isVerifiable = ({ kty, use, alg }: Json): boolean =>
  ['RSA', 'EC', 'OKP'].includes(String(kty)) &&
  (use === undefined || use === 'sig') &&
  (alg === undefined || VERIFIABLE.test(String(alg)))

/** The search parameters that Carekey uses (`fhir/find-patients`, `fhir/read-vitals`, `access-log/entries/read-entries`). */
const USED_PARAMETERS = {
  Patient: ['name', 'given', 'family', 'gender', 'identifier', 'birthdate'],
  Observation: ['patient', 'code', 'date'],
  AuditEvent: ['date'],
}

const searchFindings = (statement: Json | undefined): Finding[] => {
  if (!statement) return [finding('no-statement')]
  const resources = objects(statement.rest).flatMap(({ resource }) => objects(resource))
  const missing = Object.entries(USED_PARAMETERS).flatMap(([type, names]) => {
    const parameterNames = resources
      .filter((resource) => resource.type === type)
      .flatMap(({ searchParam }) => objects(searchParam))
      .map(({ name }) => name)
    return names.filter((name) => !parameterNames.includes(name)).map((name) => `${type}.${name}`)
  })
  return [finding(missing.length > 0 ? 'search-missing' : 'search-complete', missing)]
}

const brandFindings = ({ configuration, brands }: ScanDocuments): Finding[] => {
  if (!configuration) return []
  if (configuration.user_access_brand_bundle === undefined) return [finding('no-brands')]
  if (!brands) return [finding('brands-unreadable')]
  const types = objects(brands.entry).map(({ resource }) => Object(resource).resourceType)
  return [finding(types.includes('Organization') ? 'brands-offered' : 'brands-unreadable')]
}

const sameOrigin = ({ origin }: URL, metadata: Metadata): boolean =>
  [metadata.authorization_endpoint, metadata.token_endpoint, metadata.issuer ?? origin].every(
    (address) => parseAddress(address)?.origin === origin,
  )

const MEMBERS = [
  'issuer',
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'introspection_endpoint',
  'revocation_endpoint',
  'management_endpoint',
  'jwks_uri',
]

/**
 * Lists members that an organization's other documents state differently from its SMART configuration: `token_endpoint
 * (CapabilityStatement)`. Undefined if there is nothing to compare. A member that only one document has is not a disagreement.
 */
const disagreements = (
  fhirBase: string,
  { configuration, issuer, statement }: ScanDocuments,
): string[] | undefined => {
  if (!configuration) return undefined
  const uris: Json = statement ? oauthUris(statement) : {}
  if (!issuer && Object.keys(uris).length === 0) return undefined
  const differs = (name: string, other: unknown) => {
    const [one, two] = [resolve(configuration[name], fhirBase), resolve(other, fhirBase)]
    return one !== undefined && two !== undefined && one !== two
  }
  return MEMBERS.flatMap((name) => [
    ...(differs(name, issuer?.[name]) ? [`${name} (OpenID)`] : []),
    ...(differs(name, uris[name]) ? [`${name} (CapabilityStatement)`] : []),
  ])
}
