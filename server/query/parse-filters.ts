import { FhirError } from '../fhir-error.ts'
import { isLookedUp, SEARCH_PARAMETERS } from './parameters.ts'
import { parseQuery } from './parse-query.ts'
import type { Filter } from './query.ts'

/** A base that no address is under, so that an absolute reference matches nothing. */
const NO_BASE = 'https://invalid'

/**
 * Parses a query string that contains only search parameters: `category=laboratory&code=…`. Returns `undefined` if it is empty, or
 * has anything else: a modifier, a chain, a control, a name in the access log, an unknown parameter or an invalid value.
 */
export const parseFilters = (type: string, query: string): readonly Filter[] | undefined => {
  const parameters = new URLSearchParams(query)
  const supported = SEARCH_PARAMETERS[type] ?? {}
  const mayLimit = (name: string) => {
    const parameter = Object.hasOwn(supported, name) ? supported[name] : undefined
    return parameter !== undefined && !isLookedUp(parameter)
  }
  if (parameters.size === 0 || ![...parameters.keys()].every(mayLimit)) return undefined
  try {
    return parseQuery(type, parameters, { base: NO_BASE, strict: true }).filters
  } catch (error) {
    if (error instanceof FhirError) return undefined
    throw error
  }
}
