import { parseAddress, requireUrl } from '../../../values/parse-address.ts'
import { badRequest, FhirError, notSupported } from '../../fhir-error.ts'
import { isObject, type Json } from '../../query/json-path.ts'
import { LONGEST_QUERY } from '../../query/parse-query.ts'
import type { FhirRequest } from './exchange.ts'
import { type Interaction, interactionOf } from './interaction.ts'

/** The most entries of a batch; more would be too much work for one request. */
const MOST_ENTRIES = 50
/** Most characters of an entry's text: as long as the address and headers of a single request may be. */
const LONGEST_TEXT = 2 * LONGEST_QUERY

/**
 * Returns the entries of a `batch` Bundle, each to be authorized, answered and logged by itself.
 *
 * @throws FhirError 400 when the Bundle as a whole is refused: above all a transaction, because none of it may take effect if one
 * entry must not.
 */
export const batchEntries = (text: string): unknown[] => {
  const bundle = parseJson(text)
  if (!isObject(bundle) || bundle.resourceType !== 'Bundle')
    throw badRequest('What is posted to the base is a Bundle.')
  if (bundle.type === 'transaction')
    throw notSupported(
      'A transaction is not taken: nothing is written through this API. Reads go in a batch.',
    )
  if (bundle.type !== 'batch') throw notSupported('A Bundle that is posted here has the type batch.')
  const { entry = [] } = bundle
  if (!Array.isArray(entry)) throw badRequest('Bundle.entry is a list.')
  if (entry.length > MOST_ENTRIES) throw badRequest(`A batch has ${MOST_ENTRIES} entries at most.`)
  return entry
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw badRequest('The body is not JSON.')
  }
}

/** Returns an entry as a request. A malformed or unsupported one becomes a request that is refused. */
export const entryRequest = (entry: unknown, batch: FhirRequest, base: string): FhirRequest => {
  const entryRequestElement = isObject(entry) && isObject(entry.request) ? entry.request : {}
  const target = targetOf(shortText(entryRequestElement.url), base)
  return {
    ...batch,
    ...(target ?? { path: '', search: '' }),
    method: 'GET',
    interaction: target
      ? interactionOfEntry(entry as Json, entryRequestElement, target.path)
      : refuse(badUrl()),
    ifNoneMatch: shortText(entryRequestElement.ifNoneMatch),
  }
}

/** A text that is longer than that of a single request may be is not read. */
const shortText = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= LONGEST_TEXT ? value : undefined

const interactionOfEntry = ({ resource }: Json, { method }: Json, path: string): Interaction => {
  if (isObject(resource) && resource.resourceType === 'Bundle')
    return refuse(badRequest('A batch does not hold another.'))
  if (method !== 'GET')
    return refuse(
      new FhirError(405, 'not-supported', 'method_not_allowed', 'In a batch only GET is answered.', {
        allow: 'GET',
      }),
    )
  const interaction = interactionOf(method, path)
  return interaction.kind === 'everything'
    ? refuse(notSupported('$everything is asked for by a request of its own.'))
    : interaction
}

/**
 * Returns the path and query of a URL that is relative to the base, or absolute and under it (R4 `Bundle.entry.request.url`).
 * Compares the origin and the start of the path.
 */
const targetOf = (url: string | undefined, base: string): { path: string; search: string } | undefined => {
  if (url === undefined || /[\s\\#]/.test(url) || url.startsWith('//')) return undefined
  if (!/^[a-z][a-z0-9+.-]*:/i.test(url)) {
    // Many programs put a slash in front (`/Patient/1`).
    const [path = '', ...search] = url.replace(/^\//, '').split('?')
    return { path, search: search.join('?') }
  }
  const target = parseAddress(url, { longest: LONGEST_TEXT })
  if (!target) return undefined
  const { origin, pathname, search, username, password } = target
  const baseUrl = requireUrl(base)
  if (origin !== baseUrl.origin || username || password || !pathname.startsWith(`${baseUrl.pathname}/`))
    return undefined
  return { path: pathname.slice(baseUrl.pathname.length + 1), search: search.slice(1) }
}

const refuse = (error: FhirError): Interaction => ({ kind: 'other', error })

const badUrl = (): FhirError =>
  badRequest(
    "An entry's request.url is relative to the FHIR base, or begins with it, and is no longer than an address may be.",
  )
