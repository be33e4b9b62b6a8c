import { badRequest, notSupported, shown } from './fhir-error.ts'
import { sortable } from './parameters.ts'
import { findFilter } from './parse-criteria.ts'
import type { Filter, Query } from './query.ts'

export const DEFAULT_COUNT = 20
export const LARGEST_COUNT = 200
/** Bounds on what one search may ask, well beyond what people ask, so that none is slow. */
const MOST_PARAMETERS = 50
export const LONGEST_QUERY = 8192

/** Change only how an answer is arranged; R4 lets a server leave them out, and the self link shows it did. */
const ARRANGEMENT = new Set(['_include', '_revinclude', '_summary', '_elements', '_total', '_pretty'])

export interface QueryContext {
  /** The FHIR base, for absolute references. */
  readonly base: string
  /** `Prefer: handling=strict`: an unknown parameter is an error instead of left out. */
  readonly strict: boolean
}

/**
 * Reads the parameters of a search. Unknown modifiers, chains and malformed values are errors whatever `Prefer` says;
 * unknown parameters are left out unless handling is strict.
 *
 * @throws FhirError 400
 */
export const parseQuery = (type: string, asked: URLSearchParams, { base, strict }: QueryContext): Query => {
  if (asked.size > MOST_PARAMETERS) throw badRequest(`A search takes ${MOST_PARAMETERS} parameters at most.`)
  const used = new URLSearchParams()
  const filters: Filter[] = []
  let sort: Query['sort']
  let count: number | undefined
  for (const [name, value] of asked) {
    if (name === '_format') continue
    if (value.includes('\0')) throw badRequest(`The parameter ${shown(name)} holds a NUL character.`)
    if (value === '') throw badRequest(`The parameter ${shown(name)} has no value.`)
    if (name === '_count') {
      if (count !== undefined) throw badRequest('_count is given twice.')
      count = parseCount(value)
      used.append(name, String(count))
    } else if (name === '_sort') {
      if (sort !== undefined) throw badRequest('_sort is given twice.')
      sort = parseSort(type, value)
      used.append(name, value)
    } else {
      const filter = findFilter(type, name, value, base)
      if (filter) {
        filters.push(filter)
        used.append(name, value)
      } else refuseUnlessIgnorable(name, strict)
    }
  }
  return { type, filters, ...(sort && { sort }), count: count ?? DEFAULT_COUNT, text: used.toString() }
}

/** A modifier, a chain or an unknown control changes what an answer means, so it is never passed over. */
const refuseUnlessIgnorable = (name: string, strict: boolean): void => {
  const meaningful = /[:.]/.test(name) || (name.startsWith('_') && !ARRANGEMENT.has(name))
  if (strict || meaningful) throw notSupported(`The parameter ${shown(name)} is not supported.`)
}

const parseCount = (value: string): number => {
  if (!/^\d{1,9}$/.test(value)) throw badRequest('_count is not a whole number from 0.')
  return Math.min(Number(value), LARGEST_COUNT)
}

const parseSort = (type: string, value: string): 'date' | '-date' => {
  if (sortable(type) && (value === 'date' || value === '-date')) return value
  throw notSupported(
    sortable(type) ? '_sort takes date or -date.' : `${type} is not sorted by anything but its own order.`,
  )
}
