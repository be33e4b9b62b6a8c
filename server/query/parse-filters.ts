import { FhirError } from '../fhir-error.ts'
import { SEARCH_PARAMETERS } from './parameters.ts'
import { parseQuery } from './parse-query.ts'
import type { Filter } from './query.ts'

/** A base that no address is under, so that an absolute reference matches nothing. */
const NO_BASE = 'https://invalid'

/**
 * Parses a query string of search parameters alone: `category=laboratory&code=…`. Returns `undefined` if it has anything else: a
 * modifier, a chain, a control, an unknown parameter or value.
 */
export const parseFilters = (type: string, query: string): readonly Filter[] | undefined => {
  const asked = new URLSearchParams(query)
  const known = SEARCH_PARAMETERS[type] ?? {}
  if (asked.size === 0 || [...asked.keys()].some((name) => !Object.hasOwn(known, name))) return undefined
  try {
    return parseQuery(type, asked, { base: NO_BASE, strict: true }).filters
  } catch (error) {
    if (error instanceof FhirError) return undefined
    throw error
  }
}
