import { FhirError, methodNotAllowed, notFound, notSupported, shorten } from '../../fhir-error.ts'
import { TYPES } from '../../query/compartment.ts'
import { ID } from '../../query/reference.ts'

/** The interaction of a request, by its method and path only. */
export type Interaction =
  | { readonly kind: 'metadata' }
  | { readonly kind: 'read'; readonly type: string; readonly id: string }
  | { readonly kind: 'search'; readonly type: string; readonly by: 'GET' | 'POST' }
  | { readonly kind: 'batch' }
  /** `Patient/[id]/$everything`. */
  | { readonly kind: 'everything'; readonly id: string }
  /** Not supported here; the error is sent to authenticated callers only. */
  | { readonly kind: 'other'; readonly error: FhirError }

const READ_METHODS = new Set(['GET', 'HEAD'])

/**
 * Returns the interaction of a request. Never throws, so that every request can be authenticated and logged before it is refused:
 * with 404 if nothing is there, 405 if only another method is supported, and 400, by its name, for a form of R4 that is not
 * supported. Such a refusal is the same for every id, so that it reveals to nobody which ids exist.
 *
 * @param path below the FHIR base, `Patient/1`.
 */
export const interactionOf = (method: string, path: string): Interaction => {
  const isRead = READ_METHODS.has(method)
  const segments = segmentsOf(path)
  const [type = '', id, operation, ...rest] = segments
  const isEverything =
    type === 'Patient' && ID.test(id ?? '') && operation === '$everything' && rest.length === 0
  if (isEverything && id !== undefined && isRead) return { kind: 'everything', id }
  if (type === '' && id === undefined && !isRead)
    return method === 'POST' ? { kind: 'batch' } : refuse(methodNotAllowed('POST'))
  if (type === 'metadata' && id === undefined)
    return isRead ? { kind: 'metadata' } : refuse(methodNotAllowed('GET, HEAD'))
  const form = unsupportedFormOf(segments)
  if (form !== undefined) return refuse(notSupported(`${form} is not supported.`))
  if (!TYPES.includes(type)) return refuse(unknownType())
  if (operation !== undefined) return refuse(isEverything ? methodNotAllowed('GET, HEAD') : notFound())
  if (id === '_search')
    return method === 'POST' ? { kind: 'search', type, by: 'POST' } : refuse(methodNotAllowed('POST'))
  if (id !== undefined && !ID.test(id)) return refuse(notFound())
  if (!isRead) return refuse(methodNotAllowed('GET, HEAD'))
  return id === undefined ? { kind: 'search', type, by: 'GET' } : { kind: 'read', type, id }
}

/** Returns the name of a form of R4's RESTful API that is not supported, if the path is one (R4 RESTful API, 3.1.0). */
const unsupportedFormOf = ([type = '', id, third, fourth]: readonly string[]): string | undefined => {
  if (id === undefined && (type === '' || type === '_search')) return 'A search across types'
  if ((id === undefined && type === '_history') || (third === undefined && id === '_history'))
    return 'The history of a type, or of all types,'
  const operation = [type, id, third].find((segment) => segment?.startsWith('$'))
  if (operation !== undefined && !(type === 'Patient' && third === '$everything'))
    return `The operation ${shorten(operation)}, unlike Patient/[id]/$everything,`
  if (third === '_history')
    return fourth === undefined ? 'The history of a resource' : 'Reading an earlier version (vread)'
  const isTypes = third !== undefined && /^(\*|[A-Z][A-Za-z]*)$/.test(third)
  return COMPARTMENTS.has(type) && isTypes ? 'A search in a compartment by its path' : undefined
}

/** The types that have compartments (R4 CompartmentDefinition). */
const COMPARTMENTS = new Set(['Patient', 'Encounter', 'RelatedPerson', 'Practitioner', 'Device'])

const refuse = (error: FhirError): Interaction => ({ kind: 'other', error })

const unknownType = (): FhirError =>
  new FhirError(
    404,
    'not-supported',
    'unknown_type',
    `There is no such type of resource here. There are: ${TYPES.join(', ')}.`,
  )

/**
 * Splits a path. One slash at the end is ignored, because `Patient/?name=jane` is common. A path with a malformed escape stays
 * whole and matches nothing.
 */
const segmentsOf = (path: string): string[] => {
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '')
  try {
    return trimmed.split('/').map(decodeURIComponent)
  } catch {
    return [trimmed]
  }
}
