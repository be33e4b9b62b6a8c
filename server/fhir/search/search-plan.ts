import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Filter } from '../../query/query.ts'
import { compileByShape } from '../../store/compile-by-shape.ts'
import type { Db } from '../../store/schema.ts'
import { compartmentsOf, type Reach } from '../access.ts'
import { and, findKeys, holds, inCompartments, isWithin, keysInCompartments } from './predicates.ts'

/** The parts of a search that make its statement. */
export interface Asked {
  readonly type: string
  readonly filters: readonly Filter[]
  readonly reach: Reach
  /** Index, in the order of rank, of the filter that it starts from; absent: the resources of the type are scanned in order. */
  readonly startsAt: number | undefined
}

/** Properties of filters, reaches and positions that are bound as SQL parameters; everything else shapes the statement. */
export const COMPARED = new Set([
  ...['id', 'ids', 'text', 'system', 'code', 'unit', 'value', 'low', 'high', 'from', 'to'],
  ...['compartment', 'at', 'key', 'limit', 'largest'],
])

/** A search in two steps: the keys it starts from (absent: every resource), and the conditions on each resource. */
export interface Plan {
  readonly start?: Expression<{ key: number }>
  readonly rest: readonly Expression<SqlBool>[]
}

export const whereOf = ({ start, rest }: Plan): Expression<SqlBool> =>
  and([...(start ? [sql<SqlBool>`resource.key in ${start}`] : []), ...rest])

/**
 * Plans a search: the reach first, then the most selective filter, then the rest as lookups. We fix this order because the
 * planner, without statistics, takes `category=vital-signs` to be as rare as a patient.
 */
export const planOf = ({ type, filters, reach, startsAt }: Asked): Plan => {
  const patients = compartmentsOf(reach)
  const ranked = byRank(filters)
  const limits = limitsOf(reach)
  // The compartments are the whole reach, unless an alternative reaches only a part of one.
  const limited = limits.length > 0 ? [isWithin(type, reach)] : []
  const ofType = sql<SqlBool>`resource.type = ${type}`
  if ([...filters, ...limits].some(({ kind }) => kind === 'id')) {
    const inside = patients ? [inCompartments(type, patients)] : []
    return { rest: [ofType, ...ranked.map(holds), ...inside, ...limited] }
  }
  if (patients) return { start: keysInCompartments(type, patients), rest: [...ranked.map(holds), ...limited] }
  const first = startsAt === undefined ? undefined : ranked[startsAt]
  const start = first && findKeys(type, first)
  if (!start) return { rest: [ofType, ...ranked.map(holds), ...limited] }
  return { start, rest: [...ranked.filter((filter) => filter !== first).map(holds), ...limited] }
}

/** Starting from more keys costs more than scanning the type until a page is full. */
const MOST_STARTED = 5_000
/** From this rank on, a filter leaves more resources the more patients there are: a name, a day. */
const GROWING = 3
/** With several such filters, a start of at most this many keys is good. */
const FEW_STARTED = 100
/** From this rank on, a filter may leave nearly everything. */
const UNSURE = 5

/** Chooses the filter that a search starts from: the first that is known, or measured, to leave few resources. */
export const startOf = async (
  db: Db,
  { type, filters, reach }: Omit<Asked, 'startsAt'>,
): Promise<number | undefined> => {
  if (compartmentsOf(reach) || filters.some(({ kind }) => kind === 'id')) return undefined
  const ranked = byRank(filters)
  const likely = ranked.filter((filter) => rank(filter) < UNSURE)
  if (likely.length > 1 && likely.every((filter) => rank(filter) >= GROWING))
    for (const [index, filter] of likely.entries()) {
      const [found] = await started(db, { type, filter, limit: FEW_STARTED + 1 })
      if (Number(found?.keys) <= FEW_STARTED) return index
    }
  for (const [index, filter] of ranked.entries()) {
    if (rank(filter) < UNSURE) return index
    if (rank(filter) === LAST) return undefined
    const [found] = await started(db, { type, filter, limit: MOST_STARTED + 1 })
    if (Number(found?.keys) <= MOST_STARTED) return index
  }
  return undefined
}

const started = compileByShape(COMPARED, (db, asked: { type: string; filter: Filter; limit: number }) => {
  const start = findKeys(asked.type, asked.filter) ?? sql`(select 0 as "key")`
  const keys = sql`select 1 from ${start} as "found" limit ${asked.limit}`
  const statement = sql<{ keys: number }>`select count(*) as "keys" from (${keys}) as "start"`
  return { compile: () => statement.compile(db) }
})

/** Selects the keys of all matches of a search, or of as many as the limit. */
export const matchesOf = (asked: Asked, limit: number | undefined): RawBuilder<{ key: number }> => {
  // Counting in an index is faster than scanning a whole type.
  const plan = planOf({ ...asked, startsAt: asked.startsAt ?? 0 })
  // If the keys alone are enough, the resources themselves are not read.
  const keys = isOnKeys(asked) && plan.start
  const from = keys
    ? sql`(select distinct "found"."key" from ${keys} as "found") as "resource"`
    : sql.table('resource')
  const where = keys ? and(plan.rest) : whereOf(plan)
  const upTo = limit === undefined ? sql`` : sql` limit ${limit}`
  return sql`select "resource"."key" from ${from} where ${where}${upTo}`
}

const limitsOf = (reach: Reach): readonly Filter[] =>
  reach.flatMap((alternative) => alternative.filters ?? [])

/** Checks whether every condition on a resource can be looked up by its key. */
const isOnKeys = ({ filters, reach }: Pick<Asked, 'filters' | 'reach'>): boolean =>
  ![...filters, ...limitsOf(reach)].some(({ kind }) => kind === 'updated')

const byRank = (filters: readonly Filter[]): Filter[] => filters.toSorted((a, b) => rank(a) - rank(b))

/** The rank of a filter that no index serves. */
const LAST = 9

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
      return filter.missing ? LAST : 8
  }
}
