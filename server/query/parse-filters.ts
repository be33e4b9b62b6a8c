import { FhirError } from '../fhir-error.ts'
import { SEARCH_PARAMETERS } from './parameters.ts'
import { parseQuery } from './parse-query.ts'
import type { Filter } from './query.ts'

/** No address is ours here, so that an absolute reference matches nothing. */
const NO_BASE = 'https://invalid'

/**
 * The filters of a query string that consists of search parameters alone: `category=laboratory&code=…`. `undefined`
 * when any part of it is anything else: a modifier, a chain, a control, a parameter or value that is not known.
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
