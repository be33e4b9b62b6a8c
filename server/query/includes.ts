import { COMPARTMENT } from './compartment.ts'
import { SEARCH_PARAMETERS } from './parameters.ts'

/** Resources to include with a page of matches: one hop along a reference, from a match (`out`) or to a match (`in`). */
export interface Include {
  readonly direction: 'out' | 'in'
  /** The type that holds the reference. */
  readonly source: string
  /** The parameter under which the reference is indexed. */
  readonly param: string
  /** Types that it may point to. */
  readonly targets: readonly string[]
}

/**
 * Returns the includes of a type by their `_include` value (`Observation:subject`): one for each searchable reference. The access
 * log has none, because it is not part of a record.
 */
export const includesOf = (type: string): ReadonlyMap<string, Include> =>
  new Map(
    Object.entries(SEARCH_PARAMETERS[type] ?? {}).flatMap(([name, parameter]) => {
      if (parameter.kind !== 'reference' || type === 'AuditEvent') return []
      const targets = storedTargets(parameter.targets)
      const param = parameter.index ?? name
      return targets.length === 0
        ? []
        : [[`${type}:${name}`, { direction: 'out', source: type, param, targets }] as const]
    }),
  )

const storedTargets = (targets: readonly string[] | '*'): readonly string[] =>
  Object.keys(COMPARTMENT).filter((type) => targets === '*' || targets.includes(type))

/** Returns the includes of a type by their `_revinclude` value: one for each reference, of any type, that may point to it. */
export const revincludesOf = (type: string): ReadonlyMap<string, Include> =>
  new Map(
    Object.keys(SEARCH_PARAMETERS)
      .flatMap((source) => [...includesOf(source)])
      .flatMap(([value, include]) =>
        include.targets.includes(type) ? [[value, { ...include, direction: 'in', targets: [type] }]] : [],
      ),
  )
