import browser from 'webextension-polyfill'
import { parseAddress, requireUrl } from '../../values/parse-address.ts'
import { configurationAddress, findIssuerDocument, type Json } from '../auth/provider/metadata.ts'
import { ProblemError } from '../messages/errors.ts'
import { requireAddress } from '../net/address.ts'
import { boundedFetch, findJson } from '../net/http.ts'

/** The documents of an organization as received. Absent if they are missing, unreadable, or at another origin. */
export interface ScanDocuments {
  configuration?: Json
  statement?: Json
  issuer?: Json
  /** The issuer is at an origin that the administrator did not name, so its document was not read. */
  issuerIsElsewhere?: true
  keys?: Json
  brands?: Json
  /** Whether any web page may read the SMART configuration; undefined if there is none. */
  crossOrigin?: boolean
}

/**
 * Reads the documents that the SMART configuration links to, without a credential and only at the origins that the administrator
 * named (`addresses`: the record and the login URL), because the configuration could name any address.
 *
 * @throws ProblemError when the SMART configuration cannot be fetched again.
 */
export const readLinkedDocuments = async (
  fhirBase: string,
  configuration: Json,
  addresses: readonly string[],
): Promise<ScanDocuments> => {
  const origins = addresses.flatMap((address) => parseAddress(address)?.origin ?? [])
  const ownAddress = (address: unknown) =>
    typeof address === 'string' && origins.includes(parseAddress(address)?.origin ?? '') ? address : undefined
  const issuerAddress = ownAddress(configuration.issuer)
  const [issuer, brands] = await Promise.all([
    read(issuerAddress, findIssuerDocument),
    read(ownAddress(configuration.user_access_brand_bundle), findDocument),
  ])
  const keys = await read(ownAddress((issuer ?? configuration).jwks_uri), findDocument)
  return {
    configuration,
    ...(configuration.issuer !== undefined && !issuerAddress && { issuerIsElsewhere: true }),
    ...(issuer && { issuer }),
    ...(keys && { keys }),
    ...(brands && { brands }),
    ...(await isCrossOrigin(configurationAddress(fhirBase))),
  }
}

const findDocument = (address: string) => findJson(requireAddress(address).href, 'application/json')

/** Returns undefined for a document that cannot be read, because that is a finding and not the end of the scan. */
const read = async (
  address: string | undefined,
  find: (address: string) => Promise<Json | undefined>,
): Promise<Json | undefined> => {
  try {
    return address === undefined ? undefined : await find(address)
  } catch (error) {
    if (error instanceof ProblemError) return undefined
    throw error
  }
}

/**
 * Checks whether any web page may read the address. The header `*` proves that it may; without host permission, so does receiving
 * the response at all. With host permission, browsers send no Origin, so a server that answers only to an Origin sends no header,
 * and counts as closed.
 */
const isCrossOrigin = async (address: string): Promise<Pick<ScanDocuments, 'crossOrigin'>> => {
  const { protocol, hostname } = requireUrl(address)
  const response = await boundedFetch(address)
  await response.body?.cancel()
  if (response.headers.get('access-control-allow-origin') === '*') return { crossOrigin: true }
  const permitted = await browser.permissions.contains({ origins: [`${protocol}//${hostname}/*`] })
  return { crossOrigin: !permitted }
}
