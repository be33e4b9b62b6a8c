import { sql } from 'kysely'
import { compileByShape } from '../store/compile-by-shape.ts'
import type { Db } from '../store/schema.ts'
import { compartmentsOf, type Reach, type ReachOf } from './access.ts'
import { includedRecords } from './included-records.ts'
import { and } from './predicates.ts'
import type { Filter, Query, Sort } from './query.ts'
import { patientsOfKeys, patientsShown } from './record-row.ts'
import { type Asked, COMPARED, isOnKeys, planOf, startOf, whereOf } from './search-plan.ts'
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
  const asked = { type, filters, reach, startsAt: await startOf(db, { type, filters, reach }) }
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
  const [row] = await rowById(db, { type, filters: [filter], reach, startsAt: undefined })
  if (!row) return undefined
  return {
    id: row.id,
    version: row.version,
    lastUpdated: row.last_updated,
    json: row.json,
    patients: compartmentsOf(reach) ?? (await patientsOfKeys(db, [row.key])),
  }
}

const rowById = compileByShape(COMPARED, (db, asked: Asked) =>
  db
    .selectFrom('resource')
    .select(['key', 'id', 'version', 'last_updated', 'json'])
    .where(whereOf(planOf(asked))),
)

const ROW = [
  'resource.key',
  'resource.type',
  'resource.id',
  'resource.last_updated',
  'resource.sort_date',
  'resource.json',
] as const

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
  const found = db
    .selectFrom('resource')
    .where(whereOf(planOf(asked)))
    .limit(limit)
  if (sort === undefined)
    return found
      .select(ROW)
      .$if(after !== undefined, (q) => q.where('key', '>', after?.key ?? 0))
      .orderBy('key')
  const column = COLUMN[sort.by]
  const direction = sort.descending ? 'desc' : 'asc'
  // Sorted without their text, which would be carried along for each match and not only for those of the page.
  const page = found
    .select(['key', column])
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
  return db
    .selectFrom(page.as('page'))
    .crossJoin('resource')
    .select(ROW)
    .whereRef('resource.key', '=', 'page.key')
    .orderBy(`page.${column}`, direction)
    .orderBy('page.key', direction)
})

/** All matches, or as many of them as the limit. */
const counted = compileByShape(COMPARED, (db, { limit, ...asked }: Asked & { limit: number | undefined }) => {
  // An index is counted sooner than a whole type is looked through.
  const plan = planOf({ ...asked, startsAt: asked.startsAt ?? 0 })
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
