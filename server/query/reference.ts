import { parseAddress, requireUrl } from '../../values/parse-address.ts'
import { isObject } from './json-path.ts'

export interface Reference {
  readonly type: string
  readonly id: string
}

/** R4's ids, but for the names of folders, which would lead to another address. */
export const ID = /^(?!\.{1,2}$)[A-Za-z0-9\-.]{1,64}$/
const TYPE = /^[A-Z][A-Za-z]{1,63}$/

/** One more than a reference has, `Patient/1/_history/2`: a text of 10 MB may have millions. */
const MOST_SEGMENTS = 5

/** A conditional reference, `Patient?identifier=…`: its type and its query (R4 RESTful API, "Conditional references"). */
export const CONDITION = /^([A-Z][A-Za-z]{1,63})\?(.*)$/s

/** Returns what an element of the type Reference refers to here; `undefined` for everything but the text of a relative reference. */
export const referenceOf = (value: unknown): Reference | undefined =>
  isObject(value) && typeof value.reference === 'string' ? localReference(value.reference) : undefined

/** Parses a relative reference, `Patient/1`, with or without a version. */
export const localReference = (text: string): Reference | undefined =>
  fromSegments(text.split('/', MOST_SEGMENTS))

/**
 * Parses a relative or an absolute reference, `B/fhir/Patient/1`; `undefined` for another server's. Compares the parsed origin
 * and path segments, so that `B/fhir.evil/Patient/1` is not ours.
 */
export const referenceUnder = (base: string, text: string): Reference | undefined => {
  if (!text.includes('://')) return localReference(text)
  const url = parseAddress(text)
  return url ? referenceBelow(requireUrl(base), url) : undefined
}

/** As `referenceUnder`, of an absolute reference. */
export const referenceBelow = (own: URL, url: URL): Reference | undefined => {
  if (url.origin !== own.origin || url.username || url.password || url.search || url.hash) return undefined
  const ownSegments = own.pathname.replace(/\/$/, '').split('/')
  const segments = url.pathname.split('/', ownSegments.length + MOST_SEGMENTS)
  if (!ownSegments.every((segment, index) => segments[index] === segment)) return undefined
  return fromSegments(segments.slice(ownSegments.length))
}

/** In characters; more than `Type/id/_history/id/` takes. */
const LONGEST_END = 300

/**
 * Returns the type that a reference states, at whatever server: of a condition, or of an address that ends with `Type/id`, with or without a
 * version and a slash behind it. `undefined` for any other text, also for an address with a query or a fragment.
 */
export const statedType = (text: string): string | undefined => {
  const condition = CONDITION.exec(text)
  if (condition) return condition[1]
  const url = parseAddress(text, { base: 'https://server.invalid/' })
  if (!url || url.search || url.hash) return undefined
  const end = url.pathname.slice(-LONGEST_END).replace(/\/$/, '').split('/')
  return (fromSegments(end.slice(-4)) ?? fromSegments(end.slice(-2)))?.type
}

const fromSegments = ([type = '', id = '', history, version, ...rest]: string[]): Reference | undefined => {
  if (!TYPE.test(type) || !ID.test(id) || rest.length > 0) return undefined
  const plain = history === undefined && version === undefined
  const versioned = history === '_history' && version !== undefined && ID.test(version)
  return plain || versioned ? { type, id } : undefined
}
