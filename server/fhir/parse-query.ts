import { dateInterval } from './date-interval.ts'
import { badRequest, notSupported } from './fhir-error.ts'
import { fold } from './fold.ts'
import {
  DATE_PREFIXES,
  type DatePrefix,
  modifiersOf,
  type ReferenceParameter,
  SEARCH_PARAMETERS,
  type SearchParameter,
  sortable,
} from './parameters.ts'
import type {
  DateCriterion,
  Filter,
  Query,
  ReferenceCriterion,
  StringCriterion,
  TokenCriterion,
} from './query.ts'
import { ID, localReference, referenceUnder } from './reference.ts'

export const DEFAULT_COUNT = 20
export const LARGEST_COUNT = 200
/** Bounds on what one search may ask, well beyond what people ask, so that none is slow. */
const MOST_PARAMETERS = 50
const MOST_VALUES = 100
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
  const parameters = SEARCH_PARAMETERS[type] ?? {}
  if (asked.size > MOST_PARAMETERS) throw badRequest(`A search takes ${MOST_PARAMETERS} parameters at most.`)
  const used = new URLSearchParams()
  const filters: Filter[] = []
  let sort: Query['sort']
  let count: number | undefined
  for (const [name, value] of asked) {
    if (name === '_format') continue
    if (value.includes('\0')) throw badRequest(`The parameter ${shown(name)} holds a NUL character.`)
    if (value === '') throw badRequest(`The parameter ${shown(name)} has no value.`)
    const [base_ = '', modifier, ...more] = name.split(':')
    const parameter = Object.hasOwn(parameters, base_) ? parameters[base_] : undefined
    if (name === '_count') {
      if (count !== undefined) throw badRequest('_count is given twice.')
      count = parseCount(value)
      used.append(name, String(count))
    } else if (name === '_sort') {
      if (sort !== undefined) throw badRequest('_sort is given twice.')
      sort = parseSort(type, value)
      used.append(name, value)
    } else if (parameter) {
      if (more.length > 0 || (modifier !== undefined && !modifiersOf(parameter).includes(modifier)))
        throw notSupported(`The parameter ${shown(name)} has a modifier that is not supported.`)
      filters.push(parseFilter(base_, parameter, modifier, value, base))
      used.append(name, value)
    } else refuseUnlessIgnorable(name, strict)
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

const parseFilter = (
  param: string,
  parameter: SearchParameter,
  modifier: string | undefined,
  value: string,
  base: string,
): Filter => {
  const values = split(value, ',')
  if (values.length > MOST_VALUES)
    throw badRequest(`The parameter ${param} takes ${MOST_VALUES} values at most.`)
  if (values.some((each) => each === ''))
    throw badRequest(`The parameter ${param} has an empty value in its list.`)
  switch (parameter.kind) {
    case 'id':
      return { kind: 'id', ids: values.map(unescaped) }
    case 'string':
      return {
        kind: 'string',
        param,
        any: values.map((each) => stringCriterion(param, unescaped(each), modifier)),
      }
    case 'token':
      return {
        kind: 'token',
        param,
        selective: parameter.selective ?? false,
        any: values.map((each) => tokenCriterion(param, each, parameter.system)),
      }
    case 'date':
      return { kind: 'date', param, any: values.map((each) => dateCriterion(param, each)) }
    case 'reference':
      return {
        kind: 'reference',
        param: parameter.index ?? param,
        any: values.map((each) => referenceCriterion(param, parameter, modifier, unescaped(each), base)),
      }
  }
}

const stringCriterion = (param: string, value: string, modifier: string | undefined): StringCriterion => {
  const text = modifier === 'exact' ? value.trim() : fold(value)
  if (text === '') throw badRequest(`The parameter ${param} has an empty value.`)
  return { match: modifier === 'exact' || modifier === 'contains' ? modifier : 'starts', text }
}

/** `code`, `system|code`, `|code` without a system, `system|` any code of it. */
const tokenCriterion = (param: string, value: string, implied: string | undefined): TokenCriterion => {
  const [first = '', second, ...more] = split(value, '|').map(unescaped)
  if (more.length > 0) throw badRequest(`The parameter ${param} has a token with more than one "|".`)
  if (second === undefined) return { code: first }
  if (first === '' && second === '') throw badRequest(`The parameter ${param} has an empty token.`)
  const system = first === '' && implied !== undefined ? implied : first
  return second === '' ? { system } : { system, code: second }
}

const dateCriterion = (param: string, value: string): DateCriterion => {
  const [, letters = '', text = ''] = /^([a-z]{0,2})(.*)$/s.exec(value) ?? []
  const prefix = letters === '' ? 'eq' : DATE_PREFIXES.find((known) => known === letters)
  if (prefix === undefined)
    throw notSupported(`The parameter ${param} takes the prefixes ${DATE_PREFIXES.join(', ')}.`)
  const interval = dateInterval(text)
  if (!interval) throw badRequest(`The parameter ${param} is not a FHIR date such as 2024-05-01.`)
  return { prefix: prefix satisfies DatePrefix, ...interval }
}

/** `pa`, `Patient/pa` or the absolute form. What another server holds is nothing that this one could find. */
const referenceCriterion = (
  param: string,
  { targets }: ReferenceParameter,
  modifier: string | undefined,
  value: string,
  base: string,
): ReferenceCriterion => {
  const types = modifier === undefined ? targets : [modifier]
  if (ID.test(value)) return { types, id: value }
  const absolute = value.includes('://')
  if (!absolute && !localReference(value)) throw badRequest(`The parameter ${param} is not a reference.`)
  const reference = referenceUnder(base, value)
  return { types: types.filter((type) => type === reference?.type), id: reference?.id ?? '' }
}

/** Splits at a separator that no backslash escapes (R4 search, 3.1.1.4.0.1). */
const split = (value: string, separator: ',' | '|'): string[] => {
  const parts = ['']
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at)
    if (character === separator) parts.push('')
    else parts[parts.length - 1] += character === '\\' ? character + value.charAt(++at) : character
  }
  return parts
}

const unescaped = (value: string): string => value.replace(/\\([\\,|$])/g, '$1')

/** A name from the request, short enough to be shown back to whoever sent it. */
const shown = (name: string): string => (name.length > 60 ? `${name.slice(0, 60)}…` : name)
