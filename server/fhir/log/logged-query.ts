import { TYPES } from '../../query/compartment.ts'
import { modifiersOf, SEARCH_PARAMETERS } from '../../query/parameters.ts'
import { CONTROLS, isInclude } from '../../query/parse-controls.ts'
import { split } from '../../query/parse-criteria.ts'
import type { Filter, Query, UsedParameter } from '../../query/query.ts'
import type { ConcernedPatients } from '../access/disclosure.ts'
import { isOfPatients } from '../search/concerned-patients.ts'

/** Date parameters that identify a person, instead of saying when something was done. */
const DATES_OF_PERSONS = new Set(['birthdate', 'death-date'])

/** The types that are searched by names, numbers and birth dates of the patient. In any other, they may be a relative's. */
const TYPES_BY_PATIENT = ['Patient', 'AuditEvent']

/**
 * Returns a search as the entry about one patient keeps it: each parameter by its name, with only those values that belong to
 * this patient or name nobody. No value that might be somebody else's needs to be found again by an erasure. Every other patient named in the search has an entry of their own, joined by the request's id, so
 * that erasing their entries leaves nothing of them in this one.
 *
 * @param patient absent in an entry about nobody.
 */
export const loggedQuery = (
  { type, usedParameters }: Pick<Query, 'type' | 'usedParameters'>,
  concerned: readonly ConcernedPatients[],
  patient: string | undefined,
): string =>
  encodeQuery(
    usedParameters.map((parameter) => [parameter.name, loggedValueOf(parameter, type, concerned, patient)]),
  )

/**
 * Returns the known parameter names of a search that was refused before it was parsed: without values, because it is unknown whom
 * they name, and each name once, however often it was sent.
 */
export const loggedNames = (type: string, search: string): string =>
  encodeQuery(
    [...new Set(new URLSearchParams(search).keys())]
      .filter((name) => isKnown(type, name))
      .map((name) => [name, '']),
  )

/** The segments of the longest path that exists, plus one that shows that there were more. */
const MOST_SEGMENTS = 5

/** Returns the form of a path, `Patient/[id]/$everything`, because a segment that may be an id must not be in an entry. */
export const loggedPath = (path: string): string =>
  path
    .split('/', MOST_SEGMENTS)
    .map((segment) => (isKnownSegment(segment) ? segment : '[id]'))
    .join('/')

const loggedValueOf = (
  { value, filter }: UsedParameter,
  type: string,
  concerned: readonly ConcernedPatients[],
  patient: string | undefined,
): string => {
  if (!filter) return value
  const isNamed = (at: number) =>
    patient !== undefined && concerned.some(({ named }) => named?.get(filter)?.[at]?.owners.has(patient))
  if (filter.kind === 'id' || filter.kind === 'reference')
    return split(value, ',')
      .filter((_, at) => isNamed(at) || namesNoPatient(filter, at))
      .join(',')
  if (!identifiesPerson(filter)) return value
  if (!TYPES_BY_PATIENT.includes(type) || isComparison(filter)) return ''
  const isMatched = patient !== undefined && concerned.some(({ matched }) => matched?.includes(patient))
  // With several values it is unknown which of them are this patient's.
  return split(value, ',').length === 1 && (isMatched || isNamed(0)) ? value : ''
}

/** Checks that a value names no patient, such as a reference to a practitioner. A bare id may be anybody's. */
const namesNoPatient = (filter: Filter, at: number): boolean => {
  if (filter.kind !== 'reference') return false
  const { types = [] } = filter.any[at] ?? {}
  return types.length > 0 && !types.some(isOfPatients)
}

/** Checks whether a filter identifies a person: by names, addresses, identifiers, telephone numbers or birth dates. */
const identifiesPerson = (filter: Filter): boolean => {
  if (filter.kind === 'token') return filter.selective
  return filter.kind === 'string' || (filter.kind === 'date' && DATES_OF_PERSONS.has(filter.param))
}

/** Checks whether a filter compares: what it matches has another value than the one it names. */
const isComparison = (filter: Filter): boolean =>
  filter.kind === 'date' && filter.any.some(({ prefix }) => prefix !== 'eq')

const isKnown = (type: string, name: string): boolean => {
  const [param = '', modifier, ...more] = name.split(':')
  const parameters = SEARCH_PARAMETERS[type] ?? {}
  const parameter = Object.hasOwn(parameters, param) ? parameters[param] : undefined
  if (!parameter) return Object.hasOwn(CONTROLS, name) || isInclude(name)
  return more.length === 0 && (modifier === undefined || modifiersOf(parameter).includes(modifier))
}

const isKnownSegment = (segment: string): boolean =>
  segment === '' || TYPES.includes(segment) || /^(_search|_history|metadata|\*|\$everything)$/.test(segment)

/** Encodes a query string, but keeps the separators of values and references readable. */
const encodeQuery = (pairs: readonly (readonly [string, string])[]): string =>
  pairs.length === 0 ? '' : `?${pairs.map((pair) => pair.map(encodePart).join('=')).join('&')}`

const encodePart = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(/%(2C|7C|2F|3A|24)/g, decodeURIComponent)
