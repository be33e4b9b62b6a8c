import { type Expression, type SqlBool, sql } from 'kysely'
import type { Db } from '../store/schema.ts'
import { compartmentsOf, type Reach } from './access.ts'
import { and, findKeys, holds, inCompartments, isWithin, keysInCompartments } from './predicates.ts'
import type { Filter, Query } from './query.ts'
import type { Page, Position, StoredResource } from './source.ts'

/** Searches the resources of the store; the reach is a condition of every statement. */
export const searchRecords = async (
  db: Db,
  query: Query,
  reach: Reach,
  after: Position | undefined,
): Promise<Page> => {
  const plan = planOf(query, reach)
  const rows = query.count === 0 ? [] : await pageRows(db, query, plan, after)
  const shown = rows.slice(0, query.count)
  const last = shown.at(-1)
  const complete = after === undefined && query.count > 0 && rows.length <= query.count
  return {
    total: complete ? rows.length : await count(db, plan),
    resources: shown,
    ...(last && rows.length > shown.length && { next: { date: last.sort_date, key: last.key } }),
    patients: await patientsShown(db, query, reach, shown),
  }
}

export const readRecord = async (
  db: Db,
  type: string,
  id: string,
  reach: Reach,
): Promise<StoredResource | undefined> => {
  const filter: Filter = { kind: 'id', ids: [id] }
  const row = await db
    .selectFrom('resource')
    .select(['key', 'id', 'version', 'last_updated', 'json'])
    .where(whereOf(planOf({ type, filters: [filter] }, reach)))
    .executeTakeFirst()
  if (!row) return undefined
  return {
    id: row.id,
    version: row.version,
    lastUpdated: row.last_updated,
    json: row.json,
    patients: compartmentsOf(reach) ?? (await patientsOfKeys(db, [row.key])),
  }
}

/** A search in two steps: the keys it starts from, or every resource, and what must hold of each. */
interface Plan {
  readonly start?: Expression<{ key: number }>
  readonly rest: readonly Expression<SqlBool>[]
}

const whereOf = ({ start, rest }: Plan): Expression<SqlBool> =>
  and([...(start ? [sql<SqlBool>`resource.key in ${start}`] : []), ...rest])

/** One row more than the page, which tells whether another follows. Keyset: a later page costs what the first did. */
const pageRows = (db: Db, { sort, count }: Query, plan: Plan, after: Position | undefined) => {
  const rows = db
    .selectFrom('resource')
    .select(['resource.key', 'resource.id', 'resource.sort_date', 'resource.json'])
    .where(whereOf(plan))
    .limit(count + 1)
  if (sort === undefined)
    return rows
      .$if(after !== undefined, (q) => q.where('resource.key', '>', after?.key ?? 0))
      .orderBy('resource.key')
      .execute()
  const direction = sort === 'date' ? 'asc' : 'desc'
  return rows
    .$if(after !== undefined, (q) =>
      q.where((eb) =>
        eb(
          eb.refTuple('resource.sort_date', 'resource.key'),
          sort === 'date' ? '>' : '<',
          eb.tuple(after?.date ?? 0, after?.key ?? 0),
        ),
      ),
    )
    .orderBy('resource.sort_date', direction)
    .orderBy('resource.key', direction)
    .execute()
}

const count = async (db: Db, { start, rest }: Plan): Promise<number> => {
  // Counted on the keys alone where there are some: the resources themselves are not touched.
  const from = start
    ? sql`(select distinct "found"."key" from ${start} as "found") as "resource"`
    : sql.table('resource')
  const { rows } = await sql<{
    total: number
  }>`select count(*) as total from ${from} where ${and(rest)}`.execute(db)
  return Number(rows[0]?.total ?? 0)
}

/**
 * The reach first, then the most telling filter, then the rest as probes: the order is ours and not the planner's, who
 * without statistics takes `category=vital-signs` for as rare as a patient.
 */
const planOf = ({ type, filters }: Pick<Query, 'type' | 'filters'>, reach: Reach): Plan => {
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

/** Whose record a page shows. Within compartments it is known; else the resources say it. */
const patientsShown = async (
  db: Db,
  { type }: Query,
  reach: Reach,
  rows: readonly { key: number; id: string }[],
): Promise<readonly string[]> => {
  const patients = compartmentsOf(reach)
  if (patients) return patients
  if (type === 'Patient') return rows.map(({ id }) => id)
  return patientsOfKeys(
    db,
    rows.map(({ key }) => key),
  )
}

const patientsOfKeys = async (db: Db, keys: number[]): Promise<string[]> => {
  if (keys.length === 0) return []
  const rows = await db
    .selectFrom('compartment')
    .select('patient')
    .distinct()
    .where('key', 'in', keys)
    .execute()
  return rows.map(({ patient }) => patient)
}
