import browser from 'webextension-polyfill'
import { configurationAddress, findIssuerDocument, type Json } from '../auth/metadata.ts'
import { ProblemError } from '../messages/errors.ts'
import { requireAddress } from '../net/address.ts'
import { boundedFetch, findJson } from '../net/http.ts'

/** What an organization publishes about itself, as it came. Absent: not there, not readable, or elsewhere. */
export interface ScanDocuments {
  configuration?: Json
  statement?: Json
  issuer?: Json
  keys?: Json
  brands?: Json
  /** Whether any web page may read the SMART configuration; undefined when that cannot be told from here. */
  crossOrigin?: boolean
}

/**
 * Reads what the SMART configuration points to. Only at the record's own origin: the document could name any address, and
 * scanning is no reason to connect to it. No credential is sent.
 */
export const readLinked = async (fhirBase: string, configuration: Json): Promise<ScanDocuments> => {
  const { origin } = new URL(fhirBase)
  const own = (address: unknown) =>
    typeof address === 'string' && URL.parse(address)?.origin === origin ? address : undefined
  const [issuer, keys, brands] = await Promise.all([
    read(own(configuration.issuer), findIssuerDocument),
    read(own(configuration.jwks_uri), findDocument),
    read(own(configuration.user_access_brand_bundle), findDocument),
  ])
  return {
    configuration,
    ...(issuer && { issuer }),
    ...(keys && { keys }),
    ...(brands && { brands }),
    ...(await isCrossOrigin(configurationAddress(fhirBase))),
  }
}

const findDocument = (address: string) => findJson(requireAddress(address).href, 'application/json')

/** A document that cannot be read is a finding, not the end of the scan. */
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
 * Without host permission this very answer came by CORS. With it the header would tell; an answer that names only the origin
 * which asked has none for us, as browsers send no Origin then.
 */
const isCrossOrigin = async (address: string): Promise<Pick<ScanDocuments, 'crossOrigin'>> => {
  const { protocol, hostname } = new URL(address)
  const response = await boundedFetch(address)
  await response.body?.cancel()
  if (response.headers.get('access-control-allow-origin') === '*') return { crossOrigin: true }
  const permitted = await browser.permissions.contains({ origins: [`${protocol}//${hostname}/*`] })
  return { crossOrigin: !permitted }
}
