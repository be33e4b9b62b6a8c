import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Filter } from '../../query/query.ts'
import type { Db } from '../../store/schema.ts'
import { compileByShape } from '../../store/statements/compile-by-shape.ts'
import { compartmentsOf, type Reach } from '../access/decide-access.ts'
import { and, findKeys, inCompartments, isWithin, keysInCompartments, matchesFilter } from './predicates.ts'

/** The parts of a search that make its statement. */
export interface SearchInput {
  readonly type: string
  readonly filters: readonly Filter[]
  readonly reach: Reach
  /** Index, in the order of rank, of the filter that it starts from; absent: the resources of the type are scanned in order. */
  readonly startsAt: number | undefined
}

/** Properties of filters, reaches and positions that are bound as SQL parameters; everything else shapes the statement. */
export const BOUND_MEMBERS = new Set([
  ...['id', 'ids', 'text', 'system', 'code', 'unit', 'value', 'low', 'high', 'from', 'to'],
  ...['compartment', 'at', 'key', 'limit', 'largest'],
])

/** A search in two steps: the keys it starts from (absent: every resource), and the conditions on each resource. */
interface Plan {
  readonly start?: Expression<{ key: number }>
  readonly rest: readonly Expression<SqlBool>[]
}

export const whereOf = ({ start, rest }: Plan): Expression<SqlBool> =>
  and([...(start ? [sql<SqlBool>`resource.key in ${start}`] : []), ...rest])

/**
 * Plans a search: the reach first, then the most selective filter, then the rest as lookups. We fix this order because the
 * planner, without statistics, takes `category=vital-signs` to be as rare as a patient.
 */
export const planOf = ({ type, filters, reach, startsAt }: SearchInput): Plan => {
  const patients = compartmentsOf(reach)
  const ranked = byRank(filters)
  // The compartments are the whole reach, unless an alternative reaches only a part of one.
  const limitConditions = reach.some(({ limits }) => limits !== undefined) ? [isWithin(type, reach)] : []
  const ofType = sql<SqlBool>`resource.type = ${type}`
  if (filters.some(({ kind }) => kind === 'id')) {
    const inside = patients ? [inCompartments(type, patients)] : []
    return { rest: [ofType, ...ranked.map(matchesFilter), ...inside, ...limitConditions] }
  }
  if (patients)
    return {
      start: keysInCompartments(type, patients),
      rest: [...ranked.map(matchesFilter), ...limitConditions],
    }
  const first = startsAt === undefined ? undefined : ranked[startsAt]
  const start = first && findKeys(type, first)
  if (!start) return { rest: [ofType, ...ranked.map(matchesFilter), ...limitConditions] }
  return {
    start,
    rest: [...ranked.filter((filter) => filter !== first).map(matchesFilter), ...limitConditions],
  }
}

/** Checks whether a search starts from certain keys instead of the resources of a type in their order. */
export const startsFromKeys = ({ filters, reach, startsAt }: SearchInput): boolean =>
  startsAt !== undefined ||
  (compartmentsOf(reach) !== undefined && !filters.some(({ kind }) => kind === 'id'))

/** Most keys that a search starts from: with more, it is faster to scan the type until a page is full. */
const MOST_START_KEYS = 5_000
/** From this rank on, a filter matches more resources the more patients there are: a name, a day. */
const GROWING_RANK = 3
/** If there are several such filters, the search starts from one with at most this many keys. */
const FEW_START_KEYS = 100
/** From this rank on, a filter may match nearly everything. */
const BROAD_RANK = 5

/** Chooses the filter that a search starts from: the first that is known, or measured, to leave few resources. */
export const startOf = async (
  db: Db,
  { type, filters, reach }: Omit<SearchInput, 'startsAt'>,
): Promise<number | undefined> => {
  if (compartmentsOf(reach) || filters.some(({ kind }) => kind === 'id')) return undefined
  const ranked = byRank(filters)
  const likely = ranked.filter((filter) => rank(filter) < BROAD_RANK)
  if (likely.length > 1 && likely.every((filter) => rank(filter) >= GROWING_RANK))
    for (const [index, filter] of likely.entries()) {
      const [count] = await countStartKeys(db, { type, filter, limit: FEW_START_KEYS + 1 })
      if (Number(count?.keys) <= FEW_START_KEYS) return index
    }
  for (const [index, filter] of ranked.entries()) {
    if (rank(filter) < BROAD_RANK) return index
    if (rank(filter) === NO_INDEX_RANK) return undefined
    const [count] = await countStartKeys(db, { type, filter, limit: MOST_START_KEYS + 1 })
    if (Number(count?.keys) <= MOST_START_KEYS) return index
  }
  return undefined
}

const countStartKeys = compileByShape(
  BOUND_MEMBERS,
  (db, input: { type: string; filter: Filter; limit: number }) => {
    const start = findKeys(input.type, input.filter) ?? sql`(select 0 as "key")`
    const keys = sql`select 1 from ${start} as "found" limit ${input.limit}`
    const statement = sql<{ keys: number }>`select count(*) as "keys" from (${keys}) as "start"`
    return { compile: () => statement.compile(db) }
  },
)

/** Selects the keys of all matches of a search, or of as many as the limit. */
export const matchesOf = (input: SearchInput, limit: number | undefined): RawBuilder<{ key: number }> => {
  // Counting in an index is faster than scanning a whole type.
  const plan = planOf({ ...input, startsAt: input.startsAt ?? 0 })
  // If the keys alone are enough, the resources themselves are not read.
  const keys = isOnKeys(input) && plan.start
  const from = keys
    ? sql`(select distinct "found"."key" from ${keys} as "found") as "resource"`
    : sql.table('resource')
  const where = keys ? and(plan.rest) : whereOf(plan)
  const upTo = limit === undefined ? sql`` : sql` limit ${limit}`
  return sql`select "resource"."key" from ${from} where ${where}${upTo}`
}

/** Checks whether every condition on a resource can be looked up by its key. */
const isOnKeys = ({ filters }: Pick<SearchInput, 'filters'>): boolean =>
  !filters.some(({ kind }) => kind === 'updated')

const byRank = (filters: readonly Filter[]): Filter[] => filters.toSorted((a, b) => rank(a) - rank(b))

/** The rank of a filter that no index serves. */
const NO_INDEX_RANK = 9

/** Ranks a filter by its kind: the lower, the fewer resources it leaves. */
const rank = (filter: Filter): number => {
  switch (filter.kind) {
    case 'id':
      return 0
    case 'reference':
      return 1
    case 'token':
      return filter.selective ? 2 : 5
    case 'string':
      return filter.any.every(({ match }) => match !== 'contains') ? 3 : 6
    case 'date':
    case 'updated':
    case 'quantity':
      return filter.any.every(({ prefix }) => prefix === 'eq') ? 4 : 7
    case 'missing':
      return filter.missing ? NO_INDEX_RANK : 8
  }
}
