import { isDeepStrictEqual } from 'node:util'
import { badRequest, notSupported, shorten } from '../fhir-error.ts'
import type { Include } from './includes.ts'
import { CONTROLS, DEFAULT_COUNT, isInclude, parseInclude } from './parse-controls.ts'
import { findFilter } from './parse-criteria.ts'
import type { Filter, Query, UsedParameter } from './query.ts'

/** Limits of one search, well beyond what people search for, so that no search is slow. */
const MOST_PARAMETERS = 50
/** The limit of all parameters together: each value becomes a condition of the statement, and thousands take seconds to prepare. */
const MOST_VALUES = 100
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
 * unknown parameters are ignored if handling is lenient.
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
  const filters: Filter[] = []
  const includes: Include[] = []
  let controls: ReturnType<(typeof CONTROLS)[string]> = {}
  for (const [name, value] of parameters) {
    if (FORMAT.has(name)) continue
    if (value.includes('\0')) throw badRequest(`The parameter ${shorten(name)} holds a NUL character.`)
    if (value === '') throw badRequest(`The parameter ${shorten(name)} has no value.`)
    const filter = findFilter(type, name, value, base)
    const control = Object.hasOwn(CONTROLS, name) ? CONTROLS[name] : undefined
    if (filter) filters.push(filter)
    else if (isInclude(name)) includes.push(parseInclude(name, value, type))
    else if (control) {
      if (usedParameters.some((earlier) => earlier.name === name))
        throw badRequest(`${name} may be given only once.`)
      controls = { ...controls, ...control(value, type) }
    } else {
      requireIgnorable(name, strict)
      continue
    }
    usedParameters.push({
      name,
      value: name === '_count' ? String(controls.count) : value,
      ...(filter && { filter }),
    })
  }
  if (filters.reduce((sum, filter) => sum + valuesOf(filter).length, 0) > MOST_VALUES)
    throw badRequest(`A search takes ${MOST_VALUES} values at most.`)
  if (includes.length > MOST_INCLUDES)
    throw badRequest(`A search takes ${MOST_INCLUDES} of _include and _revinclude at most.`)
  const { countOnly, count = DEFAULT_COUNT, ...rest } = controls
  return {
    type,
    filters,
    count: countOnly ? 0 : count,
    ...rest,
    ...(includes.length > 0 && { includes: withoutRepeated(includes) }),
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

/**
 * Checks that a parameter may be ignored: handling is lenient, and it is not a modifier, a chain or a control, because these
 * change what an answer means.
 *
 * @throws FhirError 400 when it may not be ignored.
 */
const requireIgnorable = (name: string, strict: boolean): void => {
  if (strict || /[:.]/.test(name) || name.startsWith('_'))
    throw notSupported(`The parameter ${shorten(name)} is not supported.`)
}

/**
 * Checks that a request other than a search has only parameters for the form of its answer.
 *
 * @throws FhirError 400 for any other, unless lenient handling ignores it.
 */
export const requireNoParameters = (
  parameters: URLSearchParams,
  { strict }: Pick<QueryContext, 'strict'>,
): void => {
  for (const name of parameters.keys()) if (!FORMAT.has(name)) requireIgnorable(name, strict)
}
