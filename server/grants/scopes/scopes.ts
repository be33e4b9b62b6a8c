import { type Limits, parseLimits } from '../../query/parse-limits.ts'
import { keepResults } from './keep-results.ts'
import { isWithinBudget } from './scope-budget.ts'

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
