import { errors } from 'oidc-provider'
import { parseAddress } from '../../../values/parse-address.ts'
import { MOST_BYTES } from './metadata-budget.ts'

/**
 * Characters of a host's name (RFC 1035 section 2.3.4, without the lengths that its form in a message has). PostgreSQL has no index for
 * texts of 2,700 bytes.
 */
const LONGEST_HOST = 253

/**
 * Checks whether a host is a DNS name or an IP address. `URL` also accepts hosts such as `a;b.test`, which would end a
 * directive of the page's Content-Security-Policy, and hosts of any length.
 */
const isPlainHost = (hostname: string): boolean =>
  hostname.length <= LONGEST_HOST &&
  /^([a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}\.?$|^\[[0-9a-f:.]+\]$/i.test(hostname)

/** Checks whether an address is plain http on this machine, where its port may vary (RFC 8252 section 7.3). The engine knows these hosts. */
export const isLocalHttp = (url: URL | null): boolean =>
  url?.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)

/** Checks whether an address is a page of a browser extension, whose host is only an id. */
export const isExtensionPage = ({ protocol }: URL): boolean => /^(chrome|moz)-extension:$/.test(protocol)

/** Parses an address that an application registered, as long as its metadata may be, or null. */
export const parseRegistered = (address: string): URL | null => parseAddress(address, { longest: MOST_BYTES })

/**
 * The characters of an address (RFC 3986), without `#` and the wildcard `*`. `URL` also accepts spaces, line breaks, `\` and
 * `https:host`, but the address is compared and sent as it was registered, and a browser may take such a text elsewhere.
 */
const ADDRESS = /^[a-z-]+:\/\/[\w.~:/?[\]@!$&'()+,;=%-]+$/i

/**
 * Parses an address to which people are sent: no fragment, no user part, no wildcard, and a host that cannot inject into a header
 * (F66). The caller decides on its protocol.
 */
const parseTarget = (address: unknown): URL | null => {
  const url = typeof address === 'string' && ADDRESS.test(address) ? parseRegistered(address) : null
  return url && isPlainHost(url.hostname) && url.username === '' && url.password === '' ? url : null
}

const RULE = `without spaces, #, * or a user name, in a host of ${LONGEST_HOST} characters at most`

/**
 * Checks redirect addresses: https, or http on this machine for native applications.
 *
 * @throws InvalidRedirectUri when an address is not allowed; its description states the rule.
 */
export const checkRedirectUris = (redirectUris: unknown): void => {
  if (!Array.isArray(redirectUris)) return
  for (const address of redirectUris) {
    const url = parseTarget(address)
    if (url?.protocol === 'https:' || isLocalHttp(url)) continue
    const error_description = `redirect_uris must be https addresses, or http on localhost, ${RULE}`
    throw Object.assign(new errors.InvalidRedirectUri(), { error_description })
  }
}

/** Client metadata: the address that receives `iss` and `launch`. */
export const LAUNCH_URI = 'launch_uri'

/** In characters. */
const LONGEST_LAUNCH_URI = 2_000

/** Parses a launch address: https, http on this machine, or a page of a browser extension. */
export const parseLaunchUri = (address: unknown): URL | null => {
  const url = parseTarget(address)
  return url &&
    url.href.length <= LONGEST_LAUNCH_URI &&
    (url.protocol === 'https:' || isLocalHttp(url) || (isExtensionPage(url) && isLowerCase(url)))
    ? url
    : null
}

/** `URL` keeps the case of an extension's id, but our Content-Security-Policy takes lower case only. */
const isLowerCase = ({ hostname }: URL): boolean => hostname === hostname.toLowerCase()

/** Members of client metadata with a launch address; the second one counts if the first is absent. */
const LAUNCH_MEMBERS = [LAUNCH_URI, 'initiate_login_uri']

/** Checks launch addresses. @throws InvalidClientMetadata when one is not allowed; its description states the rule. */
export const checkLaunchUris = (metadata: Readonly<Record<string, unknown>>): void => {
  for (const name of LAUNCH_MEMBERS)
    if (metadata[name] !== undefined && !parseLaunchUri(metadata[name]))
      throw new errors.InvalidClientMetadata(`${name} must be an https address, ${RULE}`)
}
