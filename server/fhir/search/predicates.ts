import { type Expression, expressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Condition } from '../../query/condition.ts'
import { type IndexedKind, instantCondition, type Test, testOf } from '../../query/forms.ts'
import type { DateCriterion, Filter, Limit } from '../../query/query.ts'
import type { Database } from '../../store/schema.ts'
import { derive } from '../../store/statements/compile-by-shape.ts'
import type { Reach } from '../access/decide-access.ts'

export type Predicate = Expression<SqlBool>
/** A type, or the column that holds it. */
type Type = string | Expression<string>
/** A subquery of resource keys, to start a search from. */
type Keys = Expression<{ key: number }>

const eb = expressionBuilder<Database, 'resource'>()

/** A filter for values of an index table. */
type IndexedFilter = Exclude<Filter, { kind: 'id' | 'updated' }>

const TABLE = {
  string: 'index_string',
  token: 'index_token',
  date: 'index_date',
  quantity: 'index_quantity',
  reference: 'index_reference',
} as const satisfies { [Kind in IndexedKind]: string }

/** Selects every resource of the type in these patients' compartments, with one index range for each patient. */
export const keysInCompartments = (type: string, patients: readonly string[]): Keys =>
  eb
    .selectFrom('compartment')
    .select('compartment.key')
    .where('compartment.patient', 'in', [...patients])
    .where('compartment.type', '=', type)

/** The same compartments as a condition, for a query that finds the resource by another index. */
export const inCompartments = (type: Type, patients: readonly string[]): Predicate =>
  eb.exists(
    eb
      .selectFrom('compartment')
      .select(sql`1`.as('one'))
      .where('compartment.patient', 'in', [...patients])
      .where('compartment.type', '=', type)
      .whereRef('compartment.key', '=', 'resource.key'),
  )

/**
 * Selects the keys of the resources that match a filter, from the index by value. Returns `undefined` for ids, which have an
 * index of their own, and for missing values, which no index holds.
 */
export const findKeys = (type: string, filter: Filter): Keys | undefined => {
  const test = testOf(filter)
  if (filter.kind === 'id' || test.negated) return undefined
  if (filter.kind === 'updated')
    return eb
      .selectFrom('resource as value')
      .select('value.key')
      .where('value.type', '=', type)
      .where(conditionOn('value', test.condition))
  return eb
    .selectFrom(rowsOf(test.on))
    .select('value.key')
    .where('value.type', '=', type)
    .where('value.param', '=', filter.param)
    .where(conditionOn('value', test.condition))
}

/** Expresses a filter as a condition on a resource that was found in another way: one lookup by key. */
export const matchesFilter = (filter: Filter): Predicate => {
  const { on, condition, negated } = testOf(filter)
  if (filter.kind === 'id' || filter.kind === 'updated') return conditionOn('resource', condition)
  const row = hasRow(on, [filter])
  return negated ? eb.not(row) : row
}

/** Checks for a row that matches one of the filters. It names no type, so that the planner cannot begin with it. */
const hasRow = (on: Test['on'], filters: readonly IndexedFilter[]): Expression<SqlBool> => {
  const conditions = filters.map((filter) => {
    const { condition } = testOf(filter)
    const isOne = filters.length === 1 && !('any' in filter && filter.any.length > 1)
    return and([
      sql`value.param = ${filter.param}`,
      isOne ? conditionOn('value', condition) : writeCondition(condition, hiddenColumn),
    ])
  })
  return eb.exists(
    eb
      .selectFrom(rowsOf(on))
      .select(sql`1`.as('one'))
      .whereRef('value.key', '=', 'resource.key')
      .where(or(conditions)),
  )
}

/**
 * A column that the planner does not see, so that a resource's few rows are compared with all values. SQLite would look up each of
 * several values by itself.
 */
const hiddenColumn = (column: string): RawBuilder<unknown> =>
  sql`coalesce(${sql.ref(`value.${column}`)}, ${sql.lit(/^(written_)?(low|high)$/.test(column) ? 0 : '')})`

/** Expresses a reach as a condition: one of its alternatives, with all filters of one of its limits. */
export const isWithin = (type: Type, reach: Reach): Predicate =>
  or(
    reach.map(({ compartment, limits }) =>
      and([
        ...(compartment === undefined ? [] : [inCompartments(type, [compartment])]),
        ...(limits === undefined ? [] : [isWithinLimits(limits)]),
      ]),
    ),
  )

/** Limits of one filter each are one lookup in each index, because a lookup costs more than its comparisons. */
const isWithinLimits = (limits: readonly (readonly Limit[])[]): Predicate => {
  const single = limits.flatMap(([filter, ...more]) => (filter && more.length === 0 ? filter : []))
  return or([
    ...[...Map.groupBy(single, ({ kind }) => kind)].map(([on, filters]) => hasRow(on, filters)),
    ...limits.filter(({ length }) => length !== 1).map((filters) => and(filters.map(matchesFilter))),
  ])
}

const rowsOf = (on: Test['on']) =>
  sql<{ key: number; type: string; param: string }>`${sql.table(on === 'resource' ? on : TABLE[on])}`.as(
    'value',
  )

/** Writes a condition on the row of a table, in SQL. Columns stay bare, so that an index serves them. */
const conditionOn = (table: 'value' | 'resource', condition: Condition): Predicate =>
  writeCondition(condition, (column) => sql.ref(`${table}.${column}`))

/** Writes a condition on an instant that a column of another name holds. */
export const instantMatch = (criterion: DateCriterion, instant: RawBuilder<unknown>): Predicate =>
  writeCondition(instantCondition(criterion), () => instant)

const writeCondition = (condition: Condition, ref: (column: string) => RawBuilder<unknown>): Predicate => {
  if ('all' in condition) return and(condition.all.map((each) => writeCondition(each, ref)))
  if ('any' in condition) return or(condition.any.map((each) => writeCondition(each, ref)))
  const column = ref(condition.column)
  if ('isOneOf' in condition) return isIn(column, condition.isOneOf)
  // A range instead of LIKE, because the same index serves it in every database and no character is a wildcard.
  if ('starts' in condition)
    return sql`(${column} >= ${condition.starts} and ${column} < ${derive(condition.starts, (start) => `${start}\u{10ffff}`)})`
  if ('contains' in condition)
    return sql`${column} like ${derive(condition.contains, containing)} escape '\\'`
  return sql`${column} ${sql.raw(condition.is)} ${condition.to}`
}

const containing = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`

export const or = (predicates: readonly Predicate[]): Predicate =>
  predicates.length === 0 ? sql`1 = 0` : sql`(${sql.join([...predicates], sql` or `)})`

export const and = (predicates: readonly Predicate[]): Predicate =>
  predicates.length === 0 ? sql`1 = 1` : sql`(${sql.join([...predicates], sql` and `)})`

export const isOneOf = (column: string, values: readonly string[]): Predicate => isIn(sql.ref(column), values)

const isIn = (column: RawBuilder<unknown>, values: readonly string[]): Predicate =>
  values.length === 0 ? sql`1 = 0` : sql`${column} in (${sql.join([...values])})`
