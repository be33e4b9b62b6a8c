import { type Expression, type SqlBool, sql } from 'kysely'
import { compileByShape } from '../store/compile-by-shape.ts'
import type { Db } from '../store/schema.ts'
import { compartmentsOf, type Reach, type ReachOf } from './access.ts'
import { includedRecords } from './included-records.ts'
import { and, findKeys, holds, inCompartments, isWithin, keysInCompartments } from './predicates.ts'
import type { Filter, Query, Sort } from './query.ts'
import { patientsOfKeys, patientsShown } from './record-row.ts'
import { MOST_INCLUDED, type Page, type Position, type StoredResource } from './source.ts'
import { totalOf } from './total.ts'

/** Searches the resources of the store; the reach is a condition of every statement. */
export const searchRecords = async (
  db: Db,
  query: Query,
  reach: Reach,
  after?: Position,
  reachOf: ReachOf = () => undefined,
): Promise<Page> => {
  const { type, filters, sort, count } = query
  const asked = { type, filters, reach }
  const rows = count === 0 ? [] : await pageRows(db, { ...asked, sort, after, limit: count + 1 })
  const shown = rows.slice(0, count)
  const more = rows.length > shown.length
  const last = shown.at(-1)
  const total = await totalOf(query, after, more ? undefined : rows.length, async (limit) =>
    Number((await counted(db, { ...asked, limit }))[0]?.total ?? 0),
  )
  const all = query.includes ? await includedRecords(db, query.includes, shown, reachOf) : []
  const included = all.slice(0, MOST_INCLUDED)
  const reaches: ReachOf = (type) => (type === query.type ? reach : reachOf(type))
  return {
    ...(total !== undefined && { total }),
    resources: shown,
    ...(included.length > 0 && { included, cut: all.length > included.length }),
    ...(last && more && { next: { ...(sort && { at: last[COLUMN[sort.by]] }), key: last.key } }),
    patients: [
      ...new Set([
        ...(compartmentsOf(reach) ?? []),
        ...(await patientsShown(db, [...shown, ...included], reaches)),
      ]),
    ],
  }
}

export const readRecord = async (
  db: Db,
  type: string,
  id: string,
  reach: Reach,
): Promise<StoredResource | undefined> => {
  const filter: Filter = { kind: 'id', ids: [id] }
  const [row] = await rowById(db, { type, filters: [filter], reach })
  if (!row) return undefined
  return {
    id: row.id,
    version: row.version,
    lastUpdated: row.last_updated,
    json: row.json,
    patients: compartmentsOf(reach) ?? (await patientsOfKeys(db, [row.key])),
  }
}

/** What a statement is made of. */
interface Asked {
  readonly type: string
  readonly filters: readonly Filter[]
  readonly reach: Reach
}

/** Of filters, reaches and positions, what is only compared with; all else makes the text of a statement. */
const COMPARED = new Set([
  ...['id', 'ids', 'text', 'system', 'code', 'unit', 'value', 'low', 'high', 'from', 'to'],
  ...['compartment', 'at', 'key', 'limit'],
])

/** A search in two steps: the keys it starts from, or every resource, and what must hold of each. */
interface Plan {
  readonly start?: Expression<{ key: number }>
  readonly rest: readonly Expression<SqlBool>[]
}

const whereOf = ({ start, rest }: Plan): Expression<SqlBool> =>
  and([...(start ? [sql<SqlBool>`resource.key in ${start}`] : []), ...rest])

const rowById = compileByShape(COMPARED, (db, asked: Asked) =>
  db
    .selectFrom('resource')
    .select(['key', 'id', 'version', 'last_updated', 'json'])
    .where(whereOf(planOf(asked))),
)

/** What a sort goes by; each has its index. */
const COLUMN = { date: 'sort_date', _lastUpdated: 'last_updated', _id: 'id' } as const

interface AskedPage extends Asked {
  readonly sort: Sort | undefined
  readonly after: Position | undefined
  /** One row more than the page, which tells whether another follows. */
  readonly limit: number
}

/** Keyset: a later page costs what the first did. */
const pageRows = compileByShape(COMPARED, (db, { sort, after, limit, ...asked }: AskedPage) => {
  const rows = db
    .selectFrom('resource')
    .select(['key', 'type', 'id', 'last_updated', 'sort_date', 'json'])
    .where(whereOf(planOf(asked)))
    .limit(limit)
  if (sort === undefined)
    return rows.$if(after !== undefined, (q) => q.where('key', '>', after?.key ?? 0)).orderBy('key')
  const column = COLUMN[sort.by]
  const direction = sort.descending ? 'desc' : 'asc'
  return rows
    .$if(after !== undefined, (q) =>
      q.where((eb) =>
        eb(
          eb.refTuple(column, 'key'),
          sort.descending ? '<' : '>',
          eb.tuple(after?.at ?? 0, after?.key ?? 0),
        ),
      ),
    )
    .orderBy(column, direction)
    .orderBy('key', direction)
})

/** Whether all that is asked of a resource is found under its key. */
const isOnKeys = ({ filters, reach }: Asked): boolean =>
  ![...filters, ...reach.flatMap((alternative) => alternative.filters ?? [])].some(
    ({ kind }) => kind === 'updated',
  )

/** All matches, or as many of them as the limit. */
const counted = compileByShape(COMPARED, (db, { limit, ...asked }: Asked & { limit: number | undefined }) => {
  const plan = planOf(asked)
  // Counted on the keys alone where that is enough: the resources themselves are not touched.
  const keys = isOnKeys(asked) && plan.start
  const from = keys
    ? sql`(select distinct "found"."key" from ${keys} as "found") as "resource"`
    : sql.table('resource')
  const where = keys ? and(plan.rest) : whereOf(plan)
  const upTo = limit === undefined ? sql`` : sql` limit ${limit}`
  const matches = sql`select 1 from ${from} where ${where}${upTo}`
  const statement = sql<{ total: number }>`select count(*) as total from (${matches}) as "match"`
  return { compile: () => statement.compile(db) }
})

/**
 * The reach first, then the most telling filter, then the rest as probes: the order is ours and not the planner's, who
 * without statistics takes `category=vital-signs` for as rare as a patient.
 */
const planOf = ({ type, filters, reach }: Asked): Plan => {
  const patients = compartmentsOf(reach)
  const byRank = filters.toSorted((a, b) => rank(a) - rank(b))
  const [first, ...others] = byRank
  const limits = reach.flatMap((alternative) => alternative.filters ?? [])
  // The compartments alone say it all, unless some alternative reaches only a part of one.
  const limited = limits.length > 0 ? [isWithin(type, reach)] : []
  const ofType = sql<SqlBool>`resource.type = ${type}`
  if ([...filters, ...limits].some(({ kind }) => kind === 'id')) {
    const inside = patients ? [inCompartments(type, patients)] : []
    return { rest: [ofType, ...byRank.map(holds), ...inside, ...limited] }
  }
  if (patients) return { start: keysInCompartments(type, patients), rest: [...byRank.map(holds), ...limited] }
  const start = first && findKeys(type, first)
  if (!start) return { rest: [ofType, ...byRank.map(holds), ...limited] }
  return { start, rest: [...others.map(holds), ...limited] }
}

/** How few resources a filter leaves, by its kind. */
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
      return filter.missing ? 9 : 8
  }
}
