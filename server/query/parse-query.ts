import { isDeepStrictEqual } from 'node:util'
import { badRequest, notSupported, shorten } from '../fhir-error.ts'
import type { Include } from './includes.ts'
import { SEARCH_PARAMETERS } from './parameters.ts'
import { CONTROLS, DEFAULT_COUNT, INCLUDES, isInclude, parseInclude } from './parse-controls.ts'
import { filterOf, findParameter } from './parse-criteria.ts'
import type { Filter, Query, UsedParameter } from './query.ts'

/** Limits of one search, well beyond what people search for, so that no search is slow. */
const MOST_PARAMETERS = 50
/** The limit of all parameters together: each value becomes a condition of the statement, and thousands take seconds to prepare. */
const MOST_VALUES = 100
/** Of these, the values that no index narrows: each is compared with all values of its parameter, or with all resources of the type. */
const MOST_COMPARED = 5
/** Each filter is compared with every resource that the first one leaves. */
const MOST_FILTERS = 12
const MOST_INCLUDES = 10
export const LONGEST_QUERY = 8192

/**
 * Parameters for the form of an answer, which are not part of the search: `_format` is checked elsewhere, `_pretty` is ignored.
 */
const FORMAT = new Set(['_format', '_pretty'])

interface QueryContext {
  /** The FHIR base, for absolute references. */
  readonly base: string
  /** Whether an unknown parameter is an error; `Prefer: handling=lenient` has it ignored. */
  readonly strict: boolean
}

/**
 * Parses the parameters of a search. Unknown modifiers, chains, controls and malformed values are errors whatever `Prefer` says;
 * unknown parameters are ignored if handling is lenient. A parameter without a value does not limit the search, because forms send
 * every field.
 *
 * @throws FhirError 400 when the search is not allowed.
 */
export const parseQuery = (
  type: string,
  parameters: URLSearchParams,
  { base, strict }: QueryContext,
): Query => {
  if (parameters.size > MOST_PARAMETERS)
    throw badRequest(`A search takes ${MOST_PARAMETERS} parameters at most.`)
  const usedParameters: UsedParameter[] = []
  const distinct = new Set<Filter>()
  const withoutValue: string[] = []
  const includes: Include[] = []
  let controls: ReturnType<(typeof CONTROLS)[string]> = {}
  for (const [name, value] of parameters) {
    if (FORMAT.has(name)) continue
    if (value.includes('\0')) throw badRequest(`The parameter ${shorten(name)} holds a NUL character.`)
    const parameter = findParameter(type, name)
    const control = Object.hasOwn(CONTROLS, name) ? CONTROLS[name] : undefined
    if (!parameter && !isInclude(name) && !control) {
      requireIgnorable(name, strict, () => takenBySearch(type))
      continue
    }
    if (value === '') {
      withoutValue.push(name)
      continue
    }
    const parsed = parameter && filterOf(parameter, value, base)
    // Repeating one changes nothing.
    const filter = parsed && ([...distinct].find((each) => isDeepStrictEqual(each, parsed)) ?? parsed)
    if (filter) {
      distinct.add(filter)
      // Counted here, because each is compared with all before it.
      if (distinct.size > MOST_FILTERS)
        throw badRequest(`A search takes ${MOST_FILTERS} different filters at most.`)
    } else if (isInclude(name)) includes.push(parseInclude(name, value, type))
    else if (control) {
      if (usedParameters.some((earlier) => earlier.name === name))
        throw badRequest(`${name} may be given only once.`)
      controls = { ...controls, ...control(value, type) }
    }
    usedParameters.push({
      name,
      value: name === '_count' ? String(controls.count) : value,
      ...(filter && { filter }),
    })
  }
  const filters = [...distinct]
  if (filters.reduce((sum, filter) => sum + valuesOf(filter).length, 0) > MOST_VALUES)
    throw badRequest(`A search takes ${MOST_VALUES} values at most.`)
  if (filters.reduce((sum, filter) => sum + comparedIn(filter), 0) > MOST_COMPARED)
    throw badRequest(
      `A search takes ${MOST_COMPARED} values at most with :contains, :missing, a prefix other than eq, or a system without a code.`,
    )
  if (includes.length > MOST_INCLUDES)
    throw badRequest(`A search takes ${MOST_INCLUDES} of _include and _revinclude at most.`)
  const { countOnly, count = DEFAULT_COUNT, ...rest } = controls
  return {
    type,
    filters,
    count: countOnly ? 0 : count,
    ...rest,
    ...(includes.length > 0 && { includes: withoutRepeated(includes) }),
    ...(withoutValue.length > 0 && { withoutValue }),
    text: new URLSearchParams(usedParameters.map(({ name, value }) => [name, value])).toString(),
    usedParameters,
  }
}

const withoutRepeated = (includes: readonly Include[]): Include[] =>
  includes.filter((include, at) => includes.findIndex((each) => isDeepStrictEqual(each, include)) === at)

const valuesOf = (filter: Filter): readonly unknown[] => {
  if (filter.kind === 'id') return filter.ids
  return 'any' in filter ? filter.any : []
}

/** Returns how many values of a filter no index narrows. */
const comparedIn = (filter: Filter): number => {
  switch (filter.kind) {
    case 'string':
      return filter.any.filter(({ match }) => match === 'contains').length
    case 'date':
    case 'updated':
    case 'quantity':
      return filter.any.filter(({ prefix }) => prefix !== 'eq').length
    case 'token':
      return filter.any.filter(({ code }) => code === undefined).length
    case 'missing':
      return 1
    default:
      return 0
  }
}

/** Returns the names of all parameters that a search of a type takes. */
const takenBySearch = (type: string): string[] => [
  ...Object.keys(SEARCH_PARAMETERS[type] ?? {}),
  ...Object.keys(CONTROLS),
  ...Object.entries(INCLUDES).flatMap(([name, includes]) => (includes(type).size > 0 ? name : [])),
]

/**
 * Checks that a parameter may be ignored: handling is lenient, and it is not a modifier, a chain or a control, because these
 * change what an answer means.
 *
 * @param taken returns the names of the parameters that are taken instead.
 * @throws FhirError 400 when it may not be ignored.
 */
const requireIgnorable = (name: string, strict: boolean, taken: () => readonly string[]): void => {
  if (strict || /[:.]/.test(name) || name.startsWith('_'))
    throw notSupported(
      `The parameter ${shorten(name)} is not supported. These are: ${[...taken(), ...FORMAT].join(', ')}.`,
    )
}

/**
 * Checks that a request other than a search has only the parameters that it takes, and those for the form of its answer.
 *
 * @throws FhirError 400 for any other, unless lenient handling ignores it.
 */
export const requireOnly = (
  taken: readonly string[],
  parameters: URLSearchParams,
  { strict }: Pick<QueryContext, 'strict'>,
): void => {
  for (const name of parameters.keys())
    if (!FORMAT.has(name) && !taken.includes(name)) requireIgnorable(name, strict, () => taken)
}
