import { COMPARTMENT, isSharedType } from '../../query/compartment.ts'
import { type CandidateRow, holds } from '../../query/condition.ts'
import { EARLIEST, LATEST } from '../../query/date-interval.ts'
import { testOf } from '../../query/forms.ts'
import { SEARCH_PARAMETERS } from '../../query/parameters.ts'
import type { Limit } from '../../query/query.ts'
import type { SmartScope } from './scopes.ts'

/** A scope as far as it concerns one type. */
export interface TypeScope {
  /** The name of what grants it. */
  readonly by: string
  readonly type: string
  readonly scope: SmartScope
}

/**
 * Returns examples of what scopes let be found or opened: for each, the names of all that do. The examples are enough to compare any of the
 * names: what one gives, others give together if they do so for each example. A search answers with contents, so it opens as well.
 */
export const readableBy = (scopes: readonly TypeScope[]): readonly ReadonlySet<string>[] => {
  const examples = [...Map.groupBy(scopes.filter(readsAny), ({ type }) => type)].flatMap(([type, ofType]) => {
    const [first] = ofType
    // One name needs no comparison, as for most types of a wildcard.
    if (first && ofType.every(({ by }) => by === first.by)) return [[first]]
    const alike = withoutRepeated(ofType)
    const { examplesOf, isWithin } = limitsOf(type, alike)
    return alike.flatMap((one) => {
      const others = alike.filter((other) => reachesPatientsOf(one, other) && allowsActionsOf(one, other))
      return examplesOf(one).map((example) => others.filter((other) => isWithin(example, other)))
    })
  })
  const names = examples.map((those) => [...new Set(those.map(({ by }) => by))])
  return [...new Map(names.map((each) => [JSON.stringify(each), new Set(each)])).values()]
}

/** An application may spell one scope in many ways. */
const withoutRepeated = (scopes: readonly TypeScope[]): TypeScope[] => {
  const keyOf = ({ by, scope: { context, actions, constraint } }: TypeScope) =>
    JSON.stringify([by, context, actions.includes('s'), constraint?.query])
  return [...new Map(scopes.map((each) => [keyOf(each), each])).values()]
}

/** No patient's record contains resources of a type such as Group. */
const readsAny = ({ type, scope }: TypeScope): boolean =>
  scope.context !== 'patient' || type === 'Patient' || COMPARTMENT[type]?.length !== 0

const reachesPatientsOf = (narrow: TypeScope, wide: TypeScope): boolean =>
  // What a person may read includes the one patient whom they picked.
  wide.scope.context === narrow.scope.context || wide.scope.context === 'user' || isSharedType(wide.type)

const allowsActionsOf = (narrow: TypeScope, wide: TypeScope): boolean =>
  wide.scope.actions.includes('s') || !narrow.scope.actions.includes('s')

/** The limits that an example is within, as a set of bits: a list of scopes has 30 limits at most (`scope-budget.ts`). */
type Within = number

/** Compares limits by the conditions with which they are enforced. */
const limitsOf = (type: string, scopes: readonly TypeScope[]) => {
  const limits = scopes
    .flatMap(filtersOf)
    .map((limit, at) => ({ limit, bit: 1 << at, condition: testOf(limit).condition }))
  const ofParam = Map.groupBy(limits, ({ limit }) => limit.param)
  const bitsOf = (filters: readonly Limit[]): Within =>
    limits.reduce((bits, { limit, bit }) => (filters.includes(limit) ? bits | bit : bits), 0)
  const bitsOfScope = new Map(scopes.map((scope) => [scope, bitsOf(filtersOf(scope))]))
  const within = (param: string, row: CandidateRow): Within =>
    (ofParam.get(param) ?? []).reduce(
      (bits, { condition, bit }) => (holds(condition, row) ? bits | bit : bits),
      0,
    )
  const datesWithin = new Map(
    [...ofParam].map(([param, all]) => [
      param,
      distinct(datesAround(all.map(({ limit }) => limit)).map((row) => within(param, row))),
    ]),
  )
  /** A resource has one date, for all its limits, and a code for each. */
  const choicesOf = (param: string, filters: readonly Limit[]): readonly (readonly Within[])[] => {
    const own = bitsOf(filters)
    const codes = filters.filter((filter) => filter.kind === 'token')
    if (codes.length === 0) return [(datesWithin.get(param) ?? []).filter((each) => (each & own) === own)]
    return codes.map(({ any }) => distinct(any.map((code) => within(param, rowOf(type, param, code)))))
  }
  return {
    /** Resources that are within the limits of a scope, and of as few others as can be. */
    examplesOf: (scope: TypeScope): readonly Within[] =>
      [...Map.groupBy(filtersOf(scope), ({ param }) => param)]
        .flatMap(([param, filters]) => choicesOf(param, filters))
        .reduce<readonly Within[]>(
          (examples, choices) =>
            distinct(examples.flatMap((example) => choices.map((choice) => example | choice))),
          [0],
        ),
    isWithin: (example: Within, scope: TypeScope): boolean => {
      const all = bitsOfScope.get(scope) ?? 0
      return (example & all) === all
    },
  }
}

const filtersOf = ({ scope }: TypeScope): readonly Limit[] => scope.constraint?.filters ?? []

const distinct = <Value>(values: readonly Value[]): Value[] => [...new Set(values)]

/** A coding that is only of the searched list, and of none that is searched if any list is. */
const rowOf = (
  type: string,
  param: string,
  { system, code }: { system?: string; code?: string },
): CandidateRow => {
  const parameter = SEARCH_PARAMETERS[type]?.[param]
  const ofElement = parameter?.kind === 'token' ? parameter.system : undefined
  return { code: code ?? '', system: system ?? ofElement ?? '' }
}

/** Returns intervals that begin and end in every way in which these limits can tell intervals apart. */
const datesAround = (limits: readonly Limit[]): CandidateRow[] => {
  const ends = limits.flatMap((limit) =>
    limit.kind === 'date' ? limit.any.flatMap(({ low, high }) => [low, high]) : [],
  )
  return [EARLIEST, ...new Set(ends)].flatMap((low) =>
    [...new Set(ends), LATEST]
      .filter((high) => low < high)
      .map((high) => ({ low, high, written_low: low, written_high: high })),
  )
}
