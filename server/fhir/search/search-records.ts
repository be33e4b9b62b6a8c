import { tooManyConcerned } from '../../fhir-error.ts'
import type { Filter, Query, Sort } from '../../query/query.ts'
import { compileByShape } from '../../store/compile-by-shape.ts'
import type { Db } from '../../store/schema.ts'
import { compartmentsOf, type Reach, type ReachOf } from '../access.ts'
import {
  isOfPatients,
  MOST_CONCERNED,
  ownersOfKey,
  patientsOfMatches,
  patientsOfRows,
} from '../concerned-patients.ts'
import { Disclosure } from '../disclosure.ts'
import { largestText, OWNERS, textColumns, withText } from '../late-text.ts'
import { everybodyIn, namedPatients } from '../named-patients.ts'
import { MOST_INCLUDED, type Page, type Position, type StoredResource } from '../source.ts'
import { totalOf } from '../total-records.ts'
import { includedRecords } from './included-records.ts'
import { type Asked, COMPARED, planOf, startOf, whereOf } from './search-plan.ts'

/**
 * Searches the resources of the store; the reach is a condition of every statement. Whoever reaches more than certain
 * patients' compartments gets a total only of what is of patients who stand in the log for it.
 */
export const searchRecords = async (
  db: Db,
  query: Query,
  reach: Reach,
  after?: Position,
  reachOf: ReachOf = () => undefined,
): Promise<Disclosure<Page>> => {
  const { type, filters, sort, count } = query
  const compartments = compartmentsOf(reach)
  const { named, cut } = await namedPatients(db, query, compartments)
  const asked = { type, filters, reach, startsAt: await startOf(db, { type, filters, reach }) }
  const limits = { limit: count + 1, largest: largestText(count + 1) }
  const rows = count === 0 ? [] : (await pageRows(db, { ...asked, sort, after, ...limits })).map(withText)
  const shown = rows.slice(0, count)
  const more = rows.length > shown.length
  const last = shown.at(-1)
  const all = query.includes ? await includedRecords(db, query.includes, shown, reachOf) : []
  const included = all.slice(0, MOST_INCLUDED)
  const reaches: ReachOf = (each) => (each === type ? reach : reachOf(each))

  // The rows that tell of another page, or of more included ones, are not shown, but they are told of.
  const matched = new Set(await patientsOfRows(db, rows, reaches))
  const concerned = new Set([...(compartments ?? everybodyIn(named)), ...matched])
  for (const patient of await patientsOfRows(db, all, reaches)) concerned.add(patient)
  const known = more ? undefined : rows.length
  const counting = {
    db,
    query,
    asked,
    after,
    known,
    isBound: compartments !== undefined || !isOfPatients(type),
  }
  const { total, counted, refusal } = await totalOf(counting, concerned)
  for (const patient of counted) concerned.add(patient)
  if (compartments && total !== undefined && total > 0) for (const each of compartments) matched.add(each)

  const tooMany = cut || concerned.size > MOST_CONCERNED ? tooManyConcerned(MOST_CONCERNED) : refusal
  const whom = {
    patients: [...concerned].slice(0, MOST_CONCERNED + 1),
    matched: [...matched, ...counted],
    named,
  }
  if (tooMany) return Disclosure.refused(tooMany, whom)
  const page: Page = {
    ...(total !== undefined && { total }),
    resources: shown,
    ...(included.length > 0 && { included, cut: all.length > included.length }),
    ...(last && more && { next: { ...(sort && { at: last[COLUMN[sort.by]] }), key: last.key } }),
  }
  return Disclosure.of(page, whom)
}

/** What is out of reach is not there; where only a scope's own limit keeps it away, its patients stand in the log. */
export const readRecord = async (
  db: Db,
  type: string,
  id: string,
  reach: Reach,
): Promise<Disclosure<StoredResource | undefined>> => {
  const filter: Filter = { kind: 'id', ids: [id] }
  const asked: Asked = { type, filters: [filter], reach, startsAt: undefined }
  const [row] = await rowById(db, asked)
  const compartments = compartmentsOf(reach)
  if (!row) {
    const isLimited = compartments === undefined && reach.some(({ filters }) => filters !== undefined)
    const patients = isLimited ? await patientsOfMatches(db, { ...asked, reach: [{}] }, MOST_CONCERNED) : []
    return Disclosure.of(undefined, { patients })
  }
  const ofType: ReachOf = () => reach
  const patients = await patientsOfRows(db, [{ ...row, type }], ofType)
  const owners = row.owners > 1 || !compartments ? await ownersOfKey(db, row.key) : compartments
  if (patients.length > MOST_CONCERNED)
    return Disclosure.refused(tooManyConcerned(MOST_CONCERNED), { patients, owners })
  const { version, last_updated: lastUpdated, json } = row
  return Disclosure.of({ id: row.id, version, lastUpdated, json }, { patients, owners })
}

const rowById = compileByShape(COMPARED, (db, asked: Asked) =>
  db
    .selectFrom('resource')
    .select(['key', 'id', 'version', 'last_updated', 'json', OWNERS])
    .where(whereOf(planOf(asked))),
)

const ROW = [
  'resource.key',
  'resource.type',
  'resource.id',
  'resource.last_updated',
  'resource.sort_date',
] as const

/** What a sort goes by; each has its index. */
const COLUMN = { date: 'sort_date', _lastUpdated: 'last_updated', _id: 'id' } as const

interface AskedPage extends Asked {
  readonly sort: Sort | undefined
  readonly after: Position | undefined
  /** One row more than the page, which tells whether another follows. */
  readonly limit: number
  readonly largest: number
}

/** Keyset: a later page costs what the first did. */
const pageRows = compileByShape(COMPARED, (db, { sort, after, limit, largest, ...asked }: AskedPage) => {
  const found = db
    .selectFrom('resource')
    .where(whereOf(planOf(asked)))
    .limit(limit)
  if (sort === undefined)
    return found
      .select([...ROW, ...textColumns(largest)])
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
    .select([...ROW, ...textColumns(largest)])
    .whereRef('resource.key', '=', 'page.key')
    .orderBy(`page.${column}`, direction)
    .orderBy('page.key', direction)
})
