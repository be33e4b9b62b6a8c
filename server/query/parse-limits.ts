import { FhirError } from '../fhir-error.ts'
import type { Claim } from './claim.ts'
import { claimOf } from './forms.ts'
import { parseQuery } from './parse-query.ts'
import type { Filter, Limit } from './query.ts'

/** A base that no address is under, so that an absolute reference matches nothing. */
const NO_BASE = 'https://invalid'

/**
 * The filters that limit a scope, one for each parameter in their order, and what the consent page says of each. A resource must match
 * all of them.
 */
export interface Limits {
  readonly filters: readonly Limit[]
  readonly claims: readonly Claim[]
}

/**
 * Parses the limits of a scope: `category=laboratory&date=ge2024`. Returns `undefined` if there are none, or one that the consent page
 * has no words for (`claim.ts`): a modifier, a chain, a control, a name in the access log, an unknown parameter, an unknown code, or
 * an invalid value; or an empty parameter, or two that mean the same.
 */
export const parseLimits = (type: string, query: string): Limits | undefined => {
  try {
    const parsed = parseQuery(type, new URLSearchParams(`?${query}`), { base: NO_BASE, strict: true })
    const filters = parsed.filters.filter(isLimit)
    const claims = filters.map((filter) => claimOf(filter, type))
    const areSaid = claims.every((claim) => claim !== undefined)
    return areSaid && claims.length === query.split('&').length ? { filters, claims } : undefined
  } catch (error) {
    if (error instanceof FhirError) return undefined
    throw error
  }
}

const isLimit = (filter: Filter): filter is Limit => filter.kind === 'token' || filter.kind === 'date'
