import { parseAddress, requireUrl } from '../../values/parse-address.ts'
import { readableName } from '../../values/readable-name.ts'
import { confirmServer } from '../auth/provider/discovery.ts'
import {
  findConfiguration,
  findStatement,
  fromConfiguration,
  fromStatement,
  type Json,
  type Metadata,
} from '../auth/provider/metadata.ts'
import { ownRedirectUri, redirectUriOf } from '../auth/provider/redirect-uri.ts'
import type { Scan } from '../messages/administration.ts'
import { type Code, ProblemError } from '../messages/errors.ts'
import type { Finding } from '../messages/findings.ts'
import type { Input } from '../messages/protocol.ts'
import { inAscii, requireFhirBase } from '../net/address.ts'
import { isAnswerHidden } from '../net/http.ts'
import { isRedirectRefused } from './redirect-probe.ts'
import { readLinkedDocuments, type ScanDocuments } from './scan-documents.ts'
import { finding, findingsFor } from './scan-findings.ts'

/** Its login URL is an address that the administrator named. */
type ScannedApplication = Omit<Input<'autoscan'>, 'url'>

/**
 * Finds an organization's addresses from the address of its CapabilityStatement, its FHIR base, or its own address, and grades
 * what it publishes. Stores nothing and sends no credential.
 *
 * @throws ProblemError `not-fhir-server`, `discovery-failed`, and errors of an address or of the network.
 */
export const autoscan = async (text: string, application: ScannedApplication = {}): Promise<Scan> => {
  const base = requireFhirBase(inAscii(text), 'url').replace(
    /(\/metadata|\/\.well-known\/smart-configuration)$/,
    '',
  )
  try {
    return await scanAt(base, application)
  } catch (error) {
    const isHidden =
      error instanceof ProblemError && error.code === 'unreachable' && (await isAnswerHidden(base))
    throw isHidden ? new ProblemError('not-fhir-server', { organization: requireUrl(base).host }) : error
  }
}

const scanAt = async (base: string, application: ScannedApplication): Promise<Scan> => {
  const statementAtBase = (await findStatementAt(base)) ?? (await findStatementAt(`${base}/fhir`))
  const { statement } = statementAtBase ?? {}
  const statedFhirBase = statedBase(statement, base)
  let isFhirServer = statementAtBase !== undefined
  for (const fhirBase of new Set([statedFhirBase, base, `${base}/fhir`])) {
    const configuration = fhirBase && (await findConfiguration(fhirBase))
    if (configuration) isFhirServer = true
    const metadata = configuration && fromConfiguration(configuration, fhirBase)
    if (metadata) return scan(fhirBase, metadata, { configuration, statement, application })
  }
  if (statementAtBase) {
    const fhirBase = statedFhirBase ?? statementAtBase.base
    const metadata = fromStatement(statementAtBase.statement, fhirBase)
    if (metadata) return scan(fhirBase, metadata, { statement, application })
  }
  throw new ProblemError(isFhirServer ? 'discovery-failed' : 'not-fhir-server', {
    organization: requireUrl(base).host,
  })
}

const findStatementAt = async (base: string): Promise<{ base: string; statement: Json } | undefined> => {
  const statement = await findStatement(base)
  return statement && { base, statement }
}

/** Returns the FHIR base that the CapabilityStatement names, unless it lies at another origin. */
const statedBase = (statement: Json | undefined, base: string): string | undefined => {
  const { url } = Object(statement?.implementation)
  if (typeof url !== 'string' || parseAddress(url)?.origin !== requireUrl(base).origin) return undefined
  return requireFhirBase(url, 'url')
}

interface ScanInput {
  configuration?: Json
  statement: Json | undefined
  application: ScannedApplication
}

const scan = async (fhirBase: string, metadataOfBase: Metadata, input: ScanInput): Promise<Scan> => {
  const { configuration, statement, application } = input
  const documents = {
    ...(configuration &&
      (await readLinkedDocuments(fhirBase, configuration, [
        fhirBase,
        application.authorizationEndpoint ?? '',
      ]))),
    ...(statement && { statement }),
  }
  const { metadata, refusal } = await confirm(fhirBase, metadataOfBase, documents)
  const { source, authorization_endpoint, token_endpoint, registration_endpoint, revocation_endpoint } =
    metadata
  const name = nameOf(statement)
  const redirectUri = redirectFor(fhirBase, application.redirectUri)
  return {
    ...(name && { name }),
    fhirBase,
    authorization_endpoint,
    token_endpoint,
    ...(registration_endpoint && { registration_endpoint }),
    ...(revocation_endpoint && { revocation_endpoint }),
    redirectUri,
    source,
    findings: [
      ...findingsFor(fhirBase, metadata, documents, refusal),
      ...(await redirectFindings({ fhirBase, authorization_endpoint, redirectUri }, application)),
    ],
  }
}

/**
 * Checks the metadata as a sign-in does once the form is saved, with the login URL that the scan fills in. Returns it as a sign-in
 * uses it, or the code with which a sign-in refuses it.
 */
const confirm = async (
  fhirBase: string,
  metadata: Metadata,
  { issuer }: ScanDocuments,
): Promise<{ metadata: Metadata; refusal?: Code }> => {
  const form = { fhirBase, authorizationEndpoint: metadata.authorization_endpoint }
  try {
    const { issuer: _, hasIssuer, ...server } = await confirmServer(metadata, form, async () => issuer)
    return { metadata: { ...server, ...(hasIssuer && metadata.issuer && { issuer: metadata.issuer }) } }
  } catch (error) {
    if (error instanceof ProblemError) return { metadata, refusal: error.code }
    throw error
  }
}

/** Returns this browser's own redirect address, unless the typed one is a relay at the organization's origin. */
const redirectFor = (fhirBase: string, typedAddress: string | undefined): string =>
  redirectUriOf({
    fhirBase,
    redirectUri:
      typedAddress && parseAddress(inAscii(typedAddress))?.origin === requireUrl(fhirBase).origin
        ? typedAddress
        : '',
  })

const redirectFindings = async (
  target: { fhirBase: string; authorization_endpoint: string; redirectUri: string },
  { clientId, redirectUri: typedAddress }: ScannedApplication,
): Promise<Finding[]> => {
  // The form starts with this browser's own address; an earlier scan may have left the relay of another organization.
  const isOwnAddress =
    !typedAddress || typedAddress.startsWith(ownRedirectUri()) || typedAddress === target.redirectUri
  const other = isOwnAddress ? [] : [finding('redirect-other')]
  if (!clientId || !(await isRedirectRefused({ ...target, clientId }))) return other
  return [...other, finding('redirect-refused')]
}

const nameOf = (statement: Json | undefined): string | undefined => {
  const { description } = Object(statement?.implementation)
  return [description, statement?.publisher, statement?.title]
    .filter((candidate) => typeof candidate === 'string')
    .map((candidate) => readableName(candidate))
    .find((candidate) => candidate !== '')
}
