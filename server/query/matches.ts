import { type CandidateRow, holds } from './condition.ts'
import { type IndexedKind, testOf } from './forms.ts'
import type { ComparedValues, IndexedValues } from './indexed-values.ts'
import type { Filter } from './query.ts'

/** The parts of a resource that filters compare. */
interface Matchable {
  readonly id: string
  /** Milliseconds since 1970; NaN if unknown, which no filter matches. */
  readonly lastUpdated: number
  /** Its values of one parameter. */
  readonly valuesOf: (param: string) => ComparedValues
}

/**
 * Decides whether a resource matches a filter, by the test from which the embedded store's statements are made too (`forms.ts`). One that
 * has more values than are compared matches no filter, a negated one neither.
 */
export const matches = (filter: Filter, resource: Matchable): boolean => {
  const { on, condition, negated = false } = testOf(filter)
  const isMatch = (row: CandidateRow) => holds(condition, row)
  if (on === 'resource' || !('param' in filter))
    return isMatch({ id: resource.id, last_updated: resource.lastUpdated }) !== negated
  const values = resource.valuesOf(filter.param)
  return !values.isCut && ROWS[on](values).some(isMatch) !== negated
}

/** The rows that the store's index would have of these values. */
const ROWS: Readonly<Record<IndexedKind, (values: IndexedValues) => readonly CandidateRow[]>> = {
  string: ({ strings }) =>
    strings.flatMap(({ text, starts }) => starts.map((folded) => ({ exact: text, folded }))),
  token: ({ tokens }) => tokens.map(({ system, code }) => ({ system, code })),
  date: ({ dates }) =>
    dates.map(({ interval: { low, high, written } }) => ({
      ...{ low, high },
      ...{ written_low: written.low, written_high: written.high },
    })),
  quantity: ({ quantities }) => quantities.map(({ amount }) => ({ ...amount })),
  reference: ({ references }) =>
    references.map(({ target }) => ({ target_type: target.type, target_id: target.id })),
}
