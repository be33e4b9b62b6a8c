import { ProblemError } from '../messages/errors.ts'
import { rangeOf } from './address-range.ts'

/** As it was given, and as it is written then. */
export const longestAddress = 2000

/**
 * Reads the address of an organization as a person or a document gives it: https, or http on this machine; no user
 * name, fragment or private network. Throws `ProblemError`.
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

/** A FHIR base: an address without a query, written without the slash at its end. */
export const requireFhirBase = (text: string, field = 'fhirBase'): string => {
  const url = requireAddress(text, field)
  if (url.search) throw new ProblemError('invalid-input', { field })
  return url.href.replace(/(?<!\/)\/+$/, '')
}

export const isLoopback = (url: URL): boolean =>
  url.hostname === 'localhost' || rangeOfHost(url) === 'loopback'

/** `undefined` for a name: where it leads is looked up by the browser, which lets no page of the internet inside. */
const rangeOfHost = ({ hostname }: URL) =>
  /^(\d+(\.\d+){3}|\[.*\])$/.test(hostname) ? rangeOf(hostname.replace(/^\[|\]$/g, '')) : undefined
