import { parseFilters } from '../query/parse-filters.ts'
import type { Filter } from '../query/query.ts'

/** A SMART App Launch 2.2 resource scope, section 3.0: `patient/Observation.rs?category=laboratory`. */
export interface SmartScope {
  readonly context: 'patient' | 'user' | 'system'
  /** A resource type, or `*`. */
  readonly type: string
  /** Some of `cruds`, in that order; those of a version 1 scope as version 2 defines them. */
  readonly actions: string
  /** Only resources that a search with these parameters would find. */
  readonly constraint?: Constraint
  /** As it was asked for and is answered. */
  readonly text: string
}

export interface Constraint {
  /** The parameters as they were asked, without "?". */
  readonly query: string
  /** Every one must hold. */
  readonly filters: readonly Filter[]
}

/** Section 3.0.2.1: what a version 1 scope means. */
const VERSION_1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' }

const GRAMMAR =
  /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{1,63})\.(?:(read|write|\*)|(c?r?u?d?s?)(?:\?([\x21\x23-\x5b\x5d-\x7e]{1,2000}))?)$/

/**
 * Reads one scope; `undefined` when it is not a resource scope of the grammar, or is limited by what this server cannot
 * search for. Never reinterprets a malformed one: a limit that is not understood would be no limit.
 */
export const parseScope = (text: string): SmartScope | undefined => {
  const [, context, type, version1, version2, query] = GRAMMAR.exec(text) ?? []
  const actions = version1 === undefined ? version2 : VERSION_1[version1]
  if (!context || !type || !actions) return undefined
  const scope = { context: context as SmartScope['context'], type, actions, text }
  if (query === undefined) return scope
  const filters = parseFilters(type, query)
  return filters && { ...scope, constraint: { query, filters } }
}

/** The resource scopes among a space-separated list; everything else (`openid`, `launch/patient` …) is left out. */
export const parseScopes = (list: string): SmartScope[] =>
  list.split(' ').flatMap((text) => parseScope(text) ?? [])

/** The same scope with the given type and for reading alone, in the syntax it was asked in; `undefined` when it reads nothing. */
export const readingScope = (scope: SmartScope, type = scope.type): SmartScope | undefined => {
  const actions = scope.actions.replace(/[^rs]/g, '')
  if (actions === '') return undefined
  const suffix = /\.(read|\*)$/.test(scope.text) ? 'read' : actions
  const query = scope.constraint ? `?${scope.constraint.query}` : ''
  return { ...scope, type, actions, text: `${scope.context}/${type}.${suffix}${query}` }
}
