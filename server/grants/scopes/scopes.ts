import { SEARCH_PARAMETERS } from '../../query/parameters.ts'
import { type Limits, parseLimits } from '../../query/parse-limits.ts'
import { createRecentlyUsed } from '../../recently-used.ts'
import { excessOf, isWithinBudget } from './scope-budget.ts'

/** Most results that are kept of one function, and the longest text that is kept with one. */
const MOST_KEPT = 500
const LONGEST_KEPT = 20_000

/** Keeps the results of a function of texts for the texts it was called with last. */
export const keepResults = <Texts extends string[], Result>(find: (...texts: Texts) => Result) => {
  const resultOf = createRecentlyUsed<Result>(MOST_KEPT)
  return (...texts: Texts): Result => {
    const key = texts.join('\n')
    return key.length > LONGEST_KEPT ? find(...texts) : resultOf(key, () => find(...texts))
  }
}

/** A SMART App Launch 2.2 resource scope, section 3.0: `patient/Observation.rs?category=laboratory`. */
export interface SmartScope {
  readonly context: 'patient' | 'user' | 'system'
  /** A resource type, or `*`. */
  readonly type: string
  /** Some letters of `cruds`, in that order; a version 1 scope is translated into them. */
  readonly actions: string
  /** Only resources that a search with these parameters would find. */
  readonly constraint?: Constraint
  /** The scope as it was requested and is returned. */
  readonly text: string
}

interface Constraint extends Limits {
  /** The parameters as they were requested, without "?". */
  readonly query: string
}

/** The actions of version 1 scopes (section 3.0.2.1). */
const VERSION_1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' }

const GRAMMAR =
  /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{1,63})\.(?:(read|write|\*)|(c?r?u?d?s?)(?:\?([\x21\x23-\x5b\x5d-\x7e]{1,2000}))?)$/

/**
 * Parses one scope; `undefined` if it is not a resource scope of the grammar, or has a limit that the consent page cannot say. Never
 * reinterprets a malformed scope: without a limit that the server does not understand, it would grant too much.
 */
export const parseScope = (text: string): SmartScope | undefined => {
  const [, context, type, version1, version2, query] = GRAMMAR.exec(text) ?? []
  const actions = version1 === undefined ? version2 : VERSION_1[version1]
  if (!context || !type || !actions) return undefined
  const scope = { context: context as SmartScope['context'], type, actions, text }
  if (query === undefined) return scope
  const limits = parseLimits(type, query)
  return limits && { ...scope, constraint: { query, ...limits } }
}

/**
 * Returns the resource scopes of a space-separated list; everything else (`openid`, `launch/patient` …) is left out. A list beyond the
 * budget has none. Lists are kept parsed, because every request of a grant comes with the same one.
 */
export const parseScopes = keepResults((list: string): readonly SmartScope[] =>
  isWithinBudget(list) ? list.split(' ').flatMap((text) => parseScope(text) ?? []) : [],
)

/** Limits a scope to reading and to the given type, in the syntax of the request; `undefined` if it reads nothing. */
export const readOnlyScope = (scope: SmartScope, type = scope.type): SmartScope | undefined => {
  const actions = scope.actions.replace(/[^rs]/g, '')
  if (actions === '') return undefined
  const suffix = /\.(read|\*)$/.test(scope.text) ? 'read' : actions
  const query = scope.constraint ? `?${scope.constraint.query}` : ''
  return { ...scope, type, actions, text: `${scope.context}/${type}.${suffix}${query}` }
}

/**
 * Returns why a requested or registered list of scopes is refused, as the end of a sentence that begins with "scope": it is beyond the
 * budget, or one of its limits has no words on the consent page. Scopes that this server does not know are no fault: they are left out.
 */
export const faultOfScopes = keepResults((list: string): string | undefined => {
  const excess = excessOf(list)
  if (excess !== undefined) return excess
  const known = new Set(parseScopes(list).map(({ text }) => text))
  const unsaid = list.split(' ').find((word) => word.includes('?') && !known.has(word))
  return unsaid === undefined ? undefined : faultOfLimit(unsaid)
})

/** Names only types and parameters that this server knows, because the sentence may stand on a page of the organization. */
const faultOfLimit = (word: string): string => {
  const at = word.indexOf('?')
  const [scope, query] = [word.slice(0, at), word.slice(at + 1)]
  const [whole, type = ''] = /^(?:patient|user|system)\/([A-Za-z]+)\.[a-z]+$/.exec(scope) ?? []
  const parameters = Object.hasOwn(SEARCH_PARAMETERS, type) ? SEARCH_PARAMETERS[type] : undefined
  const unsaid = [...new URLSearchParams(query)].find(([name, value]) => !isKnownLimit(scope, name, value))
  const [name = ''] = unsaid?.[0].split(':') ?? []
  const by = parameters && Object.hasOwn(parameters, name) ? `by ${name} ` : ''
  const of = parameters ? `of ${whole} ` : ''
  return (
    `has a limit ${by}${of}that this server cannot show to a person; a scope is limited by known codes (category, code, status)` +
    ' and by days, months or years with the prefixes ge, gt, le, lt'
  )
}

const isKnownLimit = (scope: string, name: string, value: string): boolean =>
  parseScope(`${scope}?${new URLSearchParams([[name, value]])}`) !== undefined
