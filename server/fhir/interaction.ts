import { TYPES } from './capability.ts'
import { FhirError, methodNotAllowed, notFound } from './fhir-error.ts'
import { ID } from './reference.ts'

/** What a request asks for, by its method and path alone. */
export type Interaction =
  | { readonly kind: 'metadata' }
  | { readonly kind: 'read'; readonly type: string; readonly id: string }
  | { readonly kind: 'search'; readonly type: string; readonly by: 'GET' | 'POST' }
  | { readonly kind: 'batch' }
  /** `Patient/[id]/$everything`. */
  | { readonly kind: 'everything'; readonly id: string }
  /** Nothing that is answered here; the error is told only to those who may ask at all. */
  | { readonly kind: 'other'; readonly error: FhirError }

const READING = new Set(['GET', 'HEAD'])

/**
 * Never throws, so that every request can be authenticated and logged before it is refused: 404 where nothing is,
 * 405 where only another method is answered.
 *
 * @param path below the FHIR base, `Patient/1`.
 */
export const interactionOf = (method: string, path: string): Interaction => {
  const reading = READING.has(method)
  const [type = '', id, operation, ...rest] = segmentsOf(path)
  if (operation !== undefined) {
    const isEverything = type === 'Patient' && ID.test(id ?? '') && operation === '$everything'
    if (!isEverything || id === undefined || rest.length > 0) return other(notFound())
    return reading ? { kind: 'everything', id } : other(methodNotAllowed('GET, HEAD'))
  }
  if (type === '' && id === undefined) {
    if (method === 'POST') return { kind: 'batch' }
    return other(reading ? notFound() : methodNotAllowed('POST'))
  }
  if (type === 'metadata' && id === undefined)
    return reading ? { kind: 'metadata' } : other(methodNotAllowed('GET, HEAD'))
  if (!TYPES.includes(type)) return other(unknownType())
  if (id === '_search')
    return method === 'POST' ? { kind: 'search', type, by: 'POST' } : other(methodNotAllowed('POST'))
  if (id !== undefined && !ID.test(id)) return other(notFound())
  if (!reading) return other(methodNotAllowed('GET, HEAD'))
  return id === undefined ? { kind: 'search', type, by: 'GET' } : { kind: 'read', type, id }
}

const other = (error: FhirError): Interaction => ({ kind: 'other', error })

const unknownType = (): FhirError =>
  new FhirError(404, 'not-supported', 'unknown_type', 'There is no such type of resource here.')

/** One slash at the end is forgiven: `Patient/?name=jane` is common. A malformed escape names nothing. */
const segmentsOf = (path: string): string[] => {
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '')
  try {
    return trimmed.split('/').map(decodeURIComponent)
  } catch {
    return [trimmed]
  }
}
