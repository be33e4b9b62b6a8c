import { FhirError } from '../../fhir-error.ts'

export const FHIR_JSON = 'application/fhir+json; charset=utf-8'

const JSON_NAMES = new Set(['json', 'application/json', 'application/fhir+json', 'text/json'])
const RANGES = new Set(['*/*', 'application/*', ...JSON_NAMES])

/**
 * Checks that the caller accepts JSON, the only format. `_format` overrides `Accept` (R4 RESTful API, 3.1.0.1.11).
 *
 * @throws FhirError 406 when it does not.
 */
export const requireJson = (accept: string | undefined, format: string | null): void => {
  // A "+" that was not encoded arrives as a space.
  const acceptable = format
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

/** Checks for `Prefer: handling=lenient` (RFC 7240, R4 search 3.1.1.1.1), which allows unknown parameters to be ignored. */
export const isLenient = (prefer: string | undefined): boolean =>
  prefer?.split(/[,;]/).some((preference) => /^\s*handling\s*=\s*"?lenient"?\s*$/i.test(preference)) ?? false
