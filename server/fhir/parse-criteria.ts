import { dateInterval } from './date-interval.ts'
import { badRequest, notSupported, shown } from './fhir-error.ts'
import { fold } from './fold.ts'
import {
  DATE_PREFIXES,
  type DatePrefix,
  modifiersOf,
  type ReferenceParameter,
  SEARCH_PARAMETERS,
  type SearchParameter,
} from './parameters.ts'
import type { DateCriterion, Filter, ReferenceCriterion, StringCriterion, TokenCriterion } from './query.ts'
import { ID, localReference, referenceUnder } from './reference.ts'

/** A bound on what one parameter may ask, well beyond what people ask. */
const MOST_VALUES = 100

/**
 * What `name=value` of a search asks for, or `undefined` when the type has no such search parameter.
 *
 * @param base the FHIR base, for absolute references.
 * @throws FhirError 400 for a modifier, a prefix or a value that is not allowed.
 */
export const findFilter = (type: string, name: string, value: string, base: string): Filter | undefined => {
  const parameters = SEARCH_PARAMETERS[type] ?? {}
  const [param = '', modifier, ...more] = name.split(':')
  const parameter = Object.hasOwn(parameters, param) ? parameters[param] : undefined
  if (!parameter) return undefined
  if (more.length > 0 || (modifier !== undefined && !modifiersOf(parameter).includes(modifier)))
    throw notSupported(`The parameter ${shown(name)} has a modifier that is not supported.`)
  return parseFilter(param, parameter, modifier, value, base)
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
