import { type Expression, expressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Database } from '../store/schema.ts'
import type { Reach } from './access.ts'
import type { DateCriterion, Filter, StringCriterion } from './query.ts'

type Predicate = Expression<SqlBool>
/** A subquery of resource keys, to start a search from. */
type Keys = Expression<{ key: number }>

const eb = expressionBuilder<Database, 'resource'>()

/** A filter kept in an index table. */
type IndexedFilter = Exclude<Filter, { kind: 'id' }>

const TABLE = {
  string: 'index_string',
  token: 'index_token',
  date: 'index_date',
  reference: 'index_reference',
} as const

/** Every resource of the type in these patients' compartments: one range for each. */
export const keysInCompartments = (type: string, patients: readonly string[]): Keys =>
  eb
    .selectFrom('compartment')
    .select('compartment.key')
    .where('compartment.patient', 'in', [...patients])
    .where('compartment.type', '=', type)

/** The same as a condition on a resource that was found otherwise. */
export const inCompartments = (type: string, patients: readonly string[]): Predicate =>
  eb.exists(
    eb
      .selectFrom('compartment')
      .select(sql`1`.as('one'))
      .where('compartment.patient', 'in', [...patients])
      .where('compartment.type', '=', type)
      .whereRef('compartment.key', '=', 'resource.key'),
  )

/** What a filter leaves, from the index by value. */
export const keysWithValue = (type: string, filter: IndexedFilter): Keys =>
  eb
    .selectFrom(rowsOf(filter))
    .select('value.key')
    .where('value.type', '=', type)
    .where('value.param', '=', filter.param)
    .where(anyOf(filter))

/** A further filter, one probe by key. It names no type, so that the planner cannot begin with it. */
export const hasValue = (filter: IndexedFilter): Predicate =>
  eb.exists(
    eb
      .selectFrom(rowsOf(filter))
      .select(sql`1`.as('one'))
      .whereRef('value.key', '=', 'resource.key')
      .where('value.param', '=', filter.param)
      .where(anyOf(filter)),
  )

/** A filter as a condition on a resource that was found otherwise. */
export const holds = (filter: Filter): Predicate =>
  filter.kind === 'id' ? isOneOf('resource.id', filter.ids) : hasValue(filter)

/** A reach as such a condition: one of its alternatives, with all of its filters. */
export const isWithin = (type: string, reach: Reach): Predicate =>
  or(
    reach.map(({ compartment, filters = [] }) =>
      and([
        ...(compartment === undefined ? [] : [inCompartments(type, [compartment])]),
        ...filters.map(holds),
      ]),
    ),
  )

const rowsOf = ({ kind }: IndexedFilter) =>
  sql<{ key: number; type: string; param: string }>`${sql.table(TABLE[kind])}`.as('value')

const anyOf = (filter: IndexedFilter): Predicate => {
  switch (filter.kind) {
    case 'string':
      return or(filter.any.map(stringMatch))
    case 'token':
      return or(
        filter.any.map(({ system, code }) =>
          and([
            ...(code === undefined ? [] : [sql<SqlBool>`value.code = ${code}`]),
            ...(system === undefined ? [] : [sql<SqlBool>`value.system = ${system}`]),
          ]),
        ),
      )
    case 'date':
      return or(filter.any.map((criterion) => dateMatch(criterion, sql`value.low`, sql`value.high`)))
    case 'reference':
      return or(
        filter.any.flatMap(({ types, id }) =>
          types.map((type) => sql<SqlBool>`(value.target_type = ${type} and value.target_id = ${id})`),
        ),
      )
  }
}

const stringMatch = ({ match, text }: StringCriterion): Predicate => {
  if (match === 'exact') return sql`value.exact = ${text}`
  // A range and not LIKE: the same index serves it in every database, and nothing in the text is a wildcard.
  if (match === 'starts') return sql`(value.folded >= ${text} and value.folded < ${`${text}\u{10ffff}`})`
  return sql`value.folded like ${`%${text.replace(/[\\%_]/g, '\\$&')}%`} escape '\\'`
}

/** R4 search, prefixes: the searched interval `[from, to)` against the resource's own. */
export const dateMatch = (
  { prefix, low: from, high: to }: DateCriterion,
  low: RawBuilder<unknown>,
  high: RawBuilder<unknown>,
): Predicate => {
  switch (prefix) {
    case 'eq':
      // The third condition follows from the others and bounds the range in the index.
      return sql`(${low} >= ${from} and ${high} <= ${to} and ${low} < ${to})`
    case 'ne':
      return sql`(${low} < ${from} or ${high} > ${to})`
    case 'gt':
      return sql`${high} > ${to}`
    case 'lt':
      return sql`${low} < ${from}`
    case 'ge':
      return sql`(${high} > ${to} or ${low} >= ${from})`
    case 'le':
      return sql`(${low} < ${from} or ${high} <= ${to})`
    case 'sa':
      return sql`${low} >= ${to}`
    case 'eb':
      return sql`${high} <= ${from}`
  }
}

export const or = (predicates: readonly Predicate[]): Predicate =>
  predicates.length === 0 ? sql`1 = 0` : sql`(${sql.join([...predicates], sql` or `)})`

export const and = (predicates: readonly Predicate[]): Predicate =>
  predicates.length === 0 ? sql`1 = 1` : sql`(${sql.join([...predicates], sql` and `)})`

export const isOneOf = (column: string, values: readonly string[]): Predicate =>
  values.length === 0 ? sql`1 = 0` : sql`${sql.ref(column)} in (${sql.join([...values])})`
