import { isLoopback, rangeOfHost } from '../../values/address-range.ts'
import { LONGEST_ADDRESS, parseAddress, requireUrl } from '../../values/parse-address.ts'
import { ProblemError } from '../messages/errors.ts'

/** The most characters of an address, both as given and as normalized. */
export const longestAddress = LONGEST_ADDRESS

/**
 * Returns an address that a person typed with its host in ASCII, because only such a host is parsed (`values/parse-address.ts`); any
 * other text as it is.
 */
export const inAscii = (text: string): string =>
  (text.length > longestAddress ? null : URL.parse(text.trim())?.href) ?? text

/**
 * Parses an organization's address: https, or http on this machine, without a user name, fragment or private network.
 *
 * @throws ProblemError `invalid-input` with the `field`, `private-address` or `insecure-address`.
 */
export const requireAddress = (text: string, field = 'address'): URL => {
  const url = parseAddress(text.trim())
  if (
    !url ||
    url.href.length > longestAddress ||
    !/^https?:$/.test(url.protocol) ||
    url.username ||
    url.password ||
    url.hash
  )
    throw new ProblemError('invalid-input', { field })
  if (isLoopback(url)) return url
  // The browser resolves names, and keeps internet pages out of private networks.
  if (rangeOfHost(url) === 'private') throw new ProblemError('private-address', { host: url.hostname })
  if (url.protocol !== 'https:') throw new ProblemError('insecure-address', { host: url.hostname })
  return url
}

/**
 * Checks an address and returns it as it was typed, without the spaces around it, because servers compare redirect addresses letter by
 * letter (RFC 6749 section 3.1.2.3). Only a host outside ASCII is written anew. A space or control character within would be left out by
 * a parser.
 *
 * @throws ProblemError what `requireAddress` throws.
 */
export const requireTypedAddress = (text: string, field: string): string => {
  const { href } = requireAddress(inAscii(text), field)
  const typed = text.trim()
  if (/[\s\p{C}]/u.test(typed)) throw new ProblemError('invalid-input', { field })
  return parseAddress(typed) ? typed : href
}

/**
 * Parses a FHIR base, an address without a query, and returns its one spelling, because a provider is known by it: without slashes at
 * its end, a dot after the host, an empty query or an empty fragment.
 *
 * @throws ProblemError what `requireAddress` throws.
 */
export const requireFhirBase = (text: string, field = 'fhirBase'): string => {
  const url = requireAddress(text, field)
  if (url.search) throw new ProblemError('invalid-input', { field })
  return spellingOf(url.href)
}

/** Returns the one spelling of a checked FHIR base. */
export const spellingOf = (fhirBase: string): string => {
  const url = requireUrl(fhirBase)
  url.hostname = url.hostname.replace(/\.$/, '')
  return `${url.origin}${url.pathname}`.replace(/(?<!\/)\/+$/, '')
}

export const isSameBase = (one: string, other: string): boolean => spellingOf(one) === spellingOf(other)

/**
 * Returns the segments of an address below `base`; undefined unless it lies at or under it: same origin, no user name, exactly the
 * base's path, and below it only segments that every server reads alike. Some proxies and servers decode an escape (`..%2f`,
 * `%2e%2e`), drop a path parameter (`..;`) or merge an empty segment: the request would then leave the base, with a token.
 */
export const segmentsWithin = (base: string, url: URL): string[] | undefined => {
  const { origin, pathname } = requireUrl(base)
  // The path of a base at the root of its host is `/`.
  const folder = pathname.replace(/\/?$/, '/')
  if (url.origin !== origin || url.username || url.password) return undefined
  if (!`${url.pathname}/`.startsWith(folder)) return undefined
  const segments = url.pathname.slice(folder.length).split('/')
  // A trailing slash makes no difference.
  if (segments.at(-1) === '') segments.pop()
  return segments.every((each) => segment.test(each)) ? segments : undefined
}

export const isWithin = (base: string, url: URL): boolean => segmentsWithin(base, url) !== undefined

/** A segment of the characters in IDs, operations (`$everything`) and page tokens. It must not begin with a dot. */
const segment = /^[\w~$=,:@+!-][\w~$=,:@+!.-]*$/

/**
 * Resolves a link from an answer, without its fragment. Undefined when it leads out of `base`, or contains dot segments or
 * backslashes, because URL parsing resolves those before they can be checked.
 */
export const linkWithin = (base: string, link: string, address: string): URL | undefined => {
  const [path = ''] = link.split(/[?#]/, 1)
  const url = /[\\\s\p{C}]|(^|\/)(\.|%2e){1,2}(\/|$)/iu.test(path)
    ? null
    : parseAddress(link, { base: address, longest: link.length })
  if (!url || !isWithin(base, url)) return undefined
  url.hash = ''
  return url
}
