import { type Expression, expressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely'
import type {
  DateCriterion,
  Filter,
  MissingFilter,
  QuantityCriterion,
  StringCriterion,
} from '../../query/query.ts'
import { derive } from '../../store/compile-by-shape.ts'
import type { Database } from '../../store/schema.ts'
import type { Reach } from '../access.ts'

type Predicate = Expression<SqlBool>
/** A type, or the column that holds it. */
type Type = string | Expression<string>
/** A subquery of resource keys, to start a search from. */
type Keys = Expression<{ key: number }>

const eb = expressionBuilder<Database, 'resource'>()

/** A filter for values of an index table. */
type IndexedFilter = Exclude<Filter, { kind: 'id' | 'updated' | 'missing' }>

const TABLE = {
  string: 'index_string',
  token: 'index_token',
  date: 'index_date',
  quantity: 'index_quantity',
  reference: 'index_reference',
} as const

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
  if (filter.kind === 'id' || (filter.kind === 'missing' && filter.missing)) return undefined
  if (filter.kind === 'updated')
    return eb
      .selectFrom('resource as value')
      .select('value.key')
      .where('value.type', '=', type)
      .where(updatedMatch(filter.any, sql`value.last_updated`))
  return eb
    .selectFrom(rowsOf(filter))
    .select('value.key')
    .where('value.type', '=', type)
    .where('value.param', '=', filter.param)
    .where(filter.kind === 'missing' ? ofTypes(filter) : anyOf(filter))
}

/** Expresses a filter as a condition on a resource that was found in another way: one lookup by key. */
export const matchesFilter = (filter: Filter): Predicate => {
  switch (filter.kind) {
    case 'id':
      return isOneOf('resource.id', filter.ids)
    case 'updated':
      return updatedMatch(filter.any, sql`resource.last_updated`)
    case 'missing':
      return filter.missing ? eb.not(hasRow(filter, ofTypes(filter))) : hasRow(filter, ofTypes(filter))
    default:
      return hasRow(filter, anyOf(filter))
  }
}

/** Checks for a row. It names no type, so that the planner cannot begin with it. */
const hasRow = (filter: IndexedFilter | MissingFilter, matches: Predicate): Expression<SqlBool> =>
  eb.exists(
    eb
      .selectFrom(rowsOf(filter))
      .select(sql`1`.as('one'))
      .whereRef('value.key', '=', 'resource.key')
      .where('value.param', '=', filter.param)
      .where(matches),
  )

const ofTypes = ({ types }: MissingFilter): Predicate =>
  types === undefined ? sql`1 = 1` : isOneOf('value.target_type', types)

/** Expresses a reach as a condition: one of its alternatives, with all filters of that alternative. */
export const isWithin = (type: Type, reach: Reach): Predicate =>
  or(
    reach.map(({ compartment, filters = [] }) =>
      and([
        ...(compartment === undefined ? [] : [inCompartments(type, [compartment])]),
        ...filters.map(matchesFilter),
      ]),
    ),
  )

const rowsOf = (filter: IndexedFilter | MissingFilter) =>
  sql<{
    key: number
    type: string
    param: string
  }>`${sql.table(TABLE[filter.kind === 'missing' ? filter.valueKind : filter.kind])}`.as('value')

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
    case 'quantity':
      return or(filter.any.map(quantityMatch))
    case 'reference':
      return or(
        Object.values(Object.groupBy(filter.any, ({ types }) => types.join())).map((alike = []) => {
          const types = alike[0]?.types ?? []
          const ids = alike.map(({ id }) => id)
          return and([isOneOf('value.target_type', types), isOneOf('value.target_id', ids)])
        }),
      )
  }
}

const stringMatch = ({ match, text }: StringCriterion): Predicate => {
  if (match === 'exact') return sql`value.exact = ${text}`
  // A range instead of LIKE, because the same index serves it in every database and no character is a wildcard.
  if (match === 'starts')
    return sql`(value.folded >= ${text} and value.folded < ${derive(text, (start) => `${start}\u{10ffff}`)})`
  return sql`value.folded like ${derive(text, containing)} escape '\\'`
}

const containing = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`

/** Compares the searched interval `[from, to)` with the resource's own (R4 search, prefixes). */
const dateMatch = (
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

/** Compares quantities (R4 search, quantity): `eq` and `ne` use the precision of the searched number, the others its value. */
const quantityMatch = ({ system, unit, ...number }: QuantityCriterion): Predicate =>
  and([
    numberMatch(number),
    ...(system === undefined ? [] : [sql<SqlBool>`value.system = ${system}`]),
    ...(unit === undefined
      ? []
      : [
          system === undefined
            ? or([sql`value.code = ${unit}`, sql`value.unit = ${unit}`])
            : sql<SqlBool>`value.code = ${unit}`,
        ]),
  ])

const numberMatch = ({ prefix, value, from, to }: QuantityCriterion): Predicate => {
  switch (prefix) {
    case 'eq':
      return sql`(value.low >= ${from} and value.low < ${to} and value.high < ${to})`
    case 'ne':
      return sql`(value.low < ${from} or value.high >= ${to})`
    case 'gt':
      return sql`value.high > ${value}`
    case 'lt':
      return sql`value.low < ${value}`
    case 'ge':
      return sql`value.high >= ${value}`
    case 'le':
      return sql`value.low <= ${value}`
    case 'sa':
      return sql`value.low > ${value}`
    case 'eb':
      return sql`value.high < ${value}`
  }
}

const updatedMatch = (any: readonly DateCriterion[], instant: RawBuilder<unknown>): Predicate =>
  or(any.map((criterion) => instantMatch(criterion, instant)))

/**
 * Compares the searched interval with an instant, which covers its millisecond. The column stays bare, so that an index serves
 * it.
 */
export const instantMatch = (
  { prefix, low: from, high: to }: DateCriterion,
  instant: RawBuilder<unknown>,
): Predicate => {
  switch (prefix) {
    case 'eq':
      return sql`(${instant} >= ${from} and ${instant} < ${to})`
    case 'ne':
      return sql`(${instant} < ${from} or ${instant} >= ${to})`
    case 'gt':
    case 'sa':
      return sql`${instant} >= ${to}`
    case 'lt':
    case 'eb':
      return sql`${instant} < ${from}`
    case 'ge':
      return sql`${instant} >= ${from}`
    case 'le':
      return sql`${instant} < ${to}`
  }
}

export const or = (predicates: readonly Predicate[]): Predicate =>
  predicates.length === 0 ? sql`1 = 0` : sql`(${sql.join([...predicates], sql` or `)})`

export const and = (predicates: readonly Predicate[]): Predicate =>
  predicates.length === 0 ? sql`1 = 1` : sql`(${sql.join([...predicates], sql` and `)})`

export const isOneOf = (column: string, values: readonly string[]): Predicate =>
  values.length === 0 ? sql`1 = 0` : sql`${sql.ref(column)} in (${sql.join([...values])})`
