import { badRequest, notSupported, shorten } from '../fhir-error.ts'
import { dateInterval } from './date-interval.ts'
import { fold, LONGEST_VALUE } from './indexed-values.ts'
import {
  mayBeMissing,
  modifiersOf,
  PREFIXES,
  type Prefix,
  type ReferenceParameter,
  SEARCH_PARAMETERS,
  type SearchParameter,
  type StringParameter,
  type TokenParameter,
  targetsOf,
} from './parameters.ts'
import { parseSearchedNumber } from './quantity.ts'
import type {
  DateCriterion,
  Filter,
  QuantityCriterion,
  ReferenceCriterion,
  StringCriterion,
  TokenCriterion,
} from './query.ts'
import { ID, localReference, referenceUnder } from './reference.ts'

/** The most values of one parameter, well beyond what people search for. */
const MOST_VALUES = 100

/** A search parameter as a request names it: `name:exact`. */
interface NamedParameter {
  readonly param: string
  readonly parameter: SearchParameter
  readonly modifier: string | undefined
}

/**
 * Returns the search parameter of a type that a name means; `undefined` if it has none.
 *
 * @throws FhirError 400 for a modifier that is not allowed.
 */
export const findParameter = (type: string, name: string): NamedParameter | undefined => {
  const parameters = SEARCH_PARAMETERS[type] ?? {}
  const [param = '', modifier, ...more] = name.split(':')
  const parameter = Object.hasOwn(parameters, param) ? parameters[param] : undefined
  if (!parameter) return undefined
  const modifiers = modifiersOf(parameter)
  if (more.length === 0 && (modifier === undefined || modifiers.includes(modifier)))
    return { param, parameter, modifier }
  const taken = modifiers.length > 0 ? modifiers.map((each) => `:${each}`).join(', ') : 'no modifier'
  throw notSupported(`The modifier of ${shorten(name)} is not supported: ${param} takes ${taken}.`)
}

/**
 * Returns the filter of a parameter and its value.
 *
 * @param base the FHIR base, for absolute references.
 * @throws FhirError 400 for a prefix or a value that is not allowed.
 */
export const filterOf = (
  { param, parameter, modifier }: NamedParameter,
  value: string,
  base: string,
): Filter =>
  modifier === 'missing' && mayBeMissing(parameter)
    ? missingFilter(param, parameter, value)
    : parseFilter(param, parameter, modifier, value, base)

const missingFilter = (param: string, parameter: SearchParameter, value: string): Filter => {
  if (value !== 'true' && value !== 'false')
    throw badRequest(`The parameter ${param}:missing must be true or false.`)
  if (parameter.kind === 'id' || parameter.kind === 'updated')
    throw notSupported(`Every resource has ${param}, so ${param}:missing is not supported.`)
  const index = parameter.kind === 'reference' ? parameter.index : undefined
  return {
    kind: 'missing',
    valueKind: parameter.kind,
    param: index ?? param,
    ...(index !== undefined && parameter.kind === 'reference' && { types: targetsOf(parameter) }),
    missing: value === 'true',
  }
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
      return { kind: 'id', ids: values.map(removeEscapes) }
    case 'updated':
      return { kind: 'updated', param: '_lastUpdated', any: values.map((each) => dateCriterion(param, each)) }
    case 'string':
      return {
        kind: 'string',
        param,
        any: values.map((each) => stringCriterion(param, parameter, removeEscapes(each), modifier)),
      }
    case 'token':
      return {
        kind: 'token',
        param,
        selective: parameter.selective ?? false,
        any: values.map((each) => tokenCriterion(param, each, parameter)),
      }
    case 'date':
      return { kind: 'date', param, any: values.map((each) => dateCriterion(param, each)) }
    case 'quantity':
      return { kind: 'quantity', param, any: values.map((each) => quantityCriterion(param, each)) }
    case 'reference':
      return {
        kind: 'reference',
        param: parameter.index ?? param,
        any: values.map((each) => referenceCriterion(param, parameter, modifier, removeEscapes(each), base)),
      }
  }
}

const stringCriterion = (
  param: string,
  { words }: StringParameter,
  value: string,
  modifier: string | undefined,
): StringCriterion => {
  const requireShort = (text: string) => {
    if (text.length >= LONGEST_VALUE)
      throw badRequest(`The parameter ${param} takes fewer than ${LONGEST_VALUE} characters.`)
  }
  // Before folding, whose time grows with the square of the marks on a letter, and after it, because one character may become 18.
  requireShort(value)
  const text = modifier === 'exact' ? value.trim() : fold(value)
  requireShort(text)
  if (text === '') throw badRequest(`The parameter ${param} has an empty value.`)
  if (modifier === 'exact' || modifier === 'contains') return { match: modifier, text }
  return { match: words ? 'words' : 'starts', text }
}

/** Parses `code`, `system|code`, `|code` (without a system), or `system|` (any code of it). */
const tokenCriterion = (
  param: string,
  value: string,
  { system: defaultSystem, systems }: TokenParameter,
): TokenCriterion => {
  const [first = '', second, ...more] = split(value, '|').map(removeEscapes)
  if (more.length > 0) throw badRequest(`The parameter ${param} has a token with more than one "|".`)
  if (second === undefined) return { code: first }
  if (first === '' && second === '') throw badRequest(`The parameter ${param} has an empty token.`)
  const system = first === '' && defaultSystem !== undefined ? defaultSystem : first
  if (systems && !systems.includes(system))
    throw notSupported(
      `The parameter ${param} has no codes of ${shorten(system) || 'no system'}. It has those of ${systems.join(', ')}.`,
    )
  return second === '' ? { system } : { system, code: second }
}

const dateCriterion = (param: string, value: string): DateCriterion => {
  const { prefix, text } = splitPrefix(param, value)
  const interval = dateInterval(text)
  if (!interval) throw badRequest(`The parameter ${param} is not a FHIR date such as 2024-05-01.`)
  const { low, high, offset } = interval
  return { prefix, low, high, ...(offset === undefined && { written: true }) }
}

/** Parses `5.4`, `5.4|system|code`, or `5.4||unit`, which is a code or the unit as people write it. */
const quantityCriterion = (param: string, value: string): QuantityCriterion => {
  const [amount = '', system, unit, ...more] = split(value, '|').map(removeEscapes)
  const { prefix, text } = splitPrefix(param, amount)
  const number = parseSearchedNumber(text)
  if (!number) throw badRequest(`The parameter ${param} is not a decimal number such as 5.4.`)
  if (system === undefined) return { prefix, ...number }
  if (unit === undefined || unit === '' || more.length > 0)
    throw badRequest(`The parameter ${param} is not of the form number|system|code or number||unit.`)
  return { prefix, ...number, ...(system !== '' && { system }), unit }
}

const splitPrefix = (param: string, value: string): { prefix: Prefix; text: string } => {
  const [, letters = '', text = ''] = /^([a-z]{0,2})(.*)$/s.exec(value) ?? []
  const prefix = letters === '' ? 'eq' : PREFIXES.find((each) => each === letters)
  if (prefix === undefined)
    throw notSupported(`The parameter ${param} takes the prefixes ${PREFIXES.join(', ')}.`)
  return { prefix, text }
}

/** Parses `pa`, `Patient/pa` or an absolute reference. A reference to another server matches nothing. */
const referenceCriterion = (
  param: string,
  parameter: ReferenceParameter,
  modifier: string | undefined,
  value: string,
  base: string,
): ReferenceCriterion => {
  const types = modifier === undefined ? targetsOf(parameter) : [modifier]
  if (ID.test(value)) return { types, id: value }
  const absolute = value.includes('://')
  if (!absolute && !localReference(value)) throw badRequest(`The parameter ${param} is not a reference.`)
  const reference = referenceUnder(base, value)
  if (!reference) return { types: [], id: '' }
  const isAllowedType =
    types.includes(reference.type) || (modifier === undefined && parameter.targets === '*')
  return { types: isAllowedType ? [reference.type] : [], id: reference.id }
}

/** Splits at separators that are not escaped by a backslash (R4 search, 3.1.1.4.0.1). */
export const split = (value: string, separator: ',' | '|'): string[] => {
  const parts = ['']
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at)
    if (character === separator) parts.push('')
    else parts[parts.length - 1] += character === '\\' ? character + value.charAt(++at) : character
  }
  return parts
}

const removeEscapes = (value: string): string => value.replace(/\\([\\,|$])/g, '$1')
