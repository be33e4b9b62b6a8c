import { COMPARTMENT } from './compartment.ts'
import { SEARCH_PARAMETERS } from './parameters.ts'

/** Resources that come along with a page of matches: one hop along a reference, out of them or into them. */
export interface Include {
  readonly direction: 'out' | 'in'
  /** The type that holds the reference. */
  readonly source: string
  /** Under which the reference is kept. */
  readonly param: string
  /** Types that it may point to. */
  readonly targets: readonly string[]
}

/**
 * What `_include` takes at a type, by its value (`Observation:subject`): each reference that can be searched by. The log
 * is no record, and nothing is brought to it or from it.
 */
export const includesOf = (type: string): ReadonlyMap<string, Include> =>
  new Map(
    Object.entries(SEARCH_PARAMETERS[type] ?? {}).flatMap(([name, parameter]) => {
      if (parameter.kind !== 'reference' || type === 'AuditEvent') return []
      const targets = held(parameter.targets)
      const param = parameter.index ?? name
      return targets.length === 0
        ? []
        : [[`${type}:${name}`, { direction: 'out', source: type, param, targets }] as const]
    }),
  )

const held = (targets: readonly string[] | '*'): readonly string[] =>
  Object.keys(COMPARTMENT).filter((type) => targets === '*' || targets.includes(type))

/** The same for `_revinclude`: the references of other types that may point to this one. */
export const revincludesOf = (type: string): ReadonlyMap<string, Include> =>
  new Map(
    Object.keys(SEARCH_PARAMETERS)
      .flatMap((source) => [...includesOf(source)])
      .flatMap(([value, include]) =>
        include.targets.includes(type) ? [[value, { ...include, direction: 'in', targets: [type] }]] : [],
      ),
  )
