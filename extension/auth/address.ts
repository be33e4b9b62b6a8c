import { ProblemError } from '../messages/errors.ts'

const maxLength = 2000

/**
 * Reads the address of an organization as a person or a document gives it: https, or http on this machine; no user
 * name, fragment or private network. Throws `ProblemError`.
 */
export const requireAddress = (text: string, field = 'address'): URL => {
  const url = text.length > maxLength ? null : URL.parse(text.trim())
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.hash)
    throw new ProblemError('invalid-input', { field })
  if (isLoopback(url)) return url
  if (isPrivate(url.hostname)) throw new ProblemError('private-address', { host: url.hostname })
  if (url.protocol !== 'https:') throw new ProblemError('insecure-address', { host: url.hostname })
  return url
}

/** A FHIR base: an address without a query, written without the slash at its end. */
export const requireFhirBase = (text: string, field = 'fhirBase'): string => {
  const url = requireAddress(text, field)
  if (url.search) throw new ProblemError('invalid-input', { field })
  return url.href.replace(/(?<!\/)\/+$/, '')
}

/** Whether `url` lies at or under `base`, compared by origin and path segments: a prefix of text would let `base.evil` in. */
export const isWithin = (base: string, url: URL): boolean => {
  const { origin, pathname } = new URL(base)
  const folder = pathname.endsWith('/') ? pathname : `${pathname}/`
  return url.origin === origin && !url.username && !url.password && `${url.pathname}/`.startsWith(folder)
}

export const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)

// RFC 1918, 6598, 3927, 4193, 4291; the URL parser has already turned every spelling of an IPv4 address into this one.
const privateHosts = [
  /^0\./,
  /^10\./,
  /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
  /^169\.254\./,
  /^172\.(1[6-9]|2\d|3[01])\./,
  /^192\.168\./,
  /^\[(::|f[cd]|fe[89ab])/,
]

const isPrivate = (hostname: string): boolean =>
  /^(\d+\.\d|\[)/.test(hostname) && privateHosts.some((pattern) => pattern.test(hostname))
