import { rangeOf } from '../../values/address-range.ts'
import { ProblemError } from '../messages/errors.ts'

/** The most characters of an address, both as given and as normalized. */
export const longestAddress = 2000

/**
 * Parses an organization's address: https, or http on this machine, without a user name, fragment or private network.
 *
 * @throws ProblemError `invalid-input` with the `field`, `private-address` or `insecure-address`.
 */
export const requireAddress = (text: string, field = 'address'): URL => {
  const url = text.length > longestAddress ? null : URL.parse(text.trim())
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
  if (rangeOfHost(url) === 'private') throw new ProblemError('private-address', { host: url.hostname })
  if (url.protocol !== 'https:') throw new ProblemError('insecure-address', { host: url.hostname })
  return url
}

/**
 * Checks an address and returns it as it was typed, without the spaces around it, because servers compare redirect addresses letter by
 * letter (RFC 6749 section 3.1.2.3). A space or control character within would be left out by a parser.
 *
 * @throws ProblemError what `requireAddress` throws.
 */
export const requireTypedAddress = (text: string, field: string): string => {
  requireAddress(text, field)
  const typed = text.trim()
  if (/[\s\p{C}]/u.test(typed)) throw new ProblemError('invalid-input', { field })
  return typed
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

/** Returns the one spelling of a FHIR base that was checked when it was stored, by an earlier version in another one. */
export const spellingOf = (fhirBase: string): string => {
  const url = new URL(fhirBase)
  url.hostname = url.hostname.replace(/\.$/, '')
  return `${url.origin}${url.pathname}`.replace(/(?<!\/)\/+$/, '')
}

export const isSameBase = (one: string, other: string): boolean => spellingOf(one) === spellingOf(other)

export const isLoopback = (url: URL): boolean =>
  url.hostname === 'localhost' || rangeOfHost(url) === 'loopback'

/**
 * Classifies an IP address; undefined for a host name. The browser resolves names, and keeps internet pages out of private
 * networks.
 */
const rangeOfHost = ({ hostname }: URL) =>
  /^(\d+(\.\d+){3}|\[.*\])$/.test(hostname) ? rangeOf(hostname.replace(/^\[|\]$/g, '')) : undefined
