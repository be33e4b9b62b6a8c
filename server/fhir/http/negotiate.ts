import { FhirError } from '../../fhir-error.ts'

export const FHIR_JSON = 'application/fhir+json; charset=utf-8'

const JSON_NAMES = new Set(['json', 'application/json', 'application/fhir+json', 'text/json'])
const RANGES = new Set(['*/*', 'application/*', ...JSON_NAMES])

/**
 * R4 RESTful API, 3.1.0.1.11: `_format` goes before `Accept`. JSON is all there is.
 *
 * @throws FhirError 406
 */
export const requireJson = (accept: string | undefined, format: string | null): void => {
  // A "+" that was not encoded arrives as a space.
  const acceptable =
    format !== null
      ? JSON_NAMES.has(mediaType(format).replace(' ', '+'))
      : accept === undefined || accept.split(',').some(isAccepted)
  if (acceptable) return
  throw new FhirError(
    406,
    'not-supported',
    'not_acceptable',
    'This server answers application/fhir+json only.',
  )
}

const isAccepted = (range: string): boolean =>
  RANGES.has(mediaType(range)) && !/;\s*q=0(\.0*)?\s*(;|$)/i.test(range)

export const mediaType = (text: string): string => (text.split(';')[0] ?? '').trim().toLowerCase()

/** `Prefer: handling=lenient` (RFC 7240, R4 search 3.1.1.1.1): what is not known may be left out. */
export const isLenient = (prefer: string | undefined): boolean =>
  prefer?.split(/[,;]/).some((preference) => /^\s*handling\s*=\s*"?lenient"?\s*$/i.test(preference)) ?? false
