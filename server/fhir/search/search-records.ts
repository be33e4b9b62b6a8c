import { type FhirError, tooManyPatients } from '../../fhir-error.ts'
import type { Filter, Query, Sort } from '../../query/query.ts'
import type { Db } from '../../store/schema.ts'
import { compileByShape } from '../../store/statements/compile-by-shape.ts'
import { compartmentsOf, type Reach, type ReachOf } from '../access/decide-access.ts'
import { Disclosure, MOST_CONCERNED, type NamedPatients } from '../access/disclosure.ts'
import { MOST_INCLUDED, type Page, type Position, type StoredResource } from '../access/source.ts'
import {
  ABOUT_OTHERS,
  isOfPatients,
  MATCHES_COUNT,
  ownersOfRows,
  PATIENT_COLUMNS,
  PATIENTS_OF_MATCHES,
  patientsOfMatches,
  patientsOfRows,
} from './concerned-patients.ts'
import { includedRecords } from './included-records.ts'
import { largestText, textColumns, withTexts } from './late-text.ts'
import { allPatientsIn, findNamedPatients } from './named-patients.ts'
import { BOUND_MEMBERS, planOf, type SearchInput, startOf, startsFromKeys, whereOf } from './search-plan.ts'
import { type CountedMatches, totalOf } from './total-records.ts'

/**
 * Searches the resources of the store; the reach is a condition of every statement. A total is given only if every patient it counts is
 * in the log for it.
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
  const { named, cut } = await findNamedPatients(db, query, compartments)
  const input = { type, filters, reach, startsAt: await startOf(db, { type, filters, reach }) }
  const counts =
    after === undefined && countsMatches(query, input) ? { patients: isOfPatients(type) } : undefined
  const limits = { limit: count + 1, largest: largestText(count + 1), counts }
  const rows = count === 0 ? [] : withTexts(await pageRows(db, { ...input, sort, after, ...limits }))
  const pageOfRows = rows.slice(0, count)
  const more = rows.length > pageOfRows.length
  const last = pageOfRows.at(-1)
  const all = query.includes ? await includedRecords(db, query.includes, pageOfRows, reachOf) : []
  const includedRows = all.slice(0, MOST_INCLUDED)
  const reachOfType: ReachOf = (each) => (each === type ? reach : reachOf(each))

  // The extra row reveals that there is another page, and the extra included resource that there are more. They are not shown,
  // but the answer depends on them, so their patients are concerned.
  // A row also concerns the patients whom it refers to, but the search matched only those whose record it is part of.
  const owners = await ownersOfRows(db, rows)
  const patientsOnPage = new Set(await patientsOfRows(db, rows, reachOfType))
  const concerned = new Set([...(compartments ?? allPatientsIn(named)), ...patientsOnPage])
  for (const patient of await patientsOfRows(db, all, reachOfType)) concerned.add(patient)
  const knownTotal = more ? undefined : rows.length
  const counting = {
    db,
    query,
    asked: input,
    after,
    known: knownTotal,
    onPage: counts && (rows[0] as CountedMatches | undefined),
  }
  const { total, counted, matched, refusal } = await totalOf(counting, concerned)
  const page: Page = {
    ...(total !== undefined && { total }),
    resources: pageOfRows,
    ...(includedRows.length > 0 && { included: includedRows, cut: all.length > includedRows.length }),
    ...(last && more && { next: { ...(sort && { at: last[COLUMN[sort.by]] ?? '' }), key: last.key } }),
  }
  return disclosePage(page, {
    ...{ concerned, matched: [...owners, ...matched], counted, named },
    refusal: cut ? tooManyPatients(MOST_CONCERNED) : refusal,
  })
}

/**
 * Reads a resource by its id; `undefined` if it is out of reach. If only a scope's own limit excludes it, its patients are still
 * logged.
 */
export const readRecord = async (
  db: Db,
  type: string,
  id: string,
  reach: Reach,
): Promise<Disclosure<StoredResource | undefined>> => {
  const filter: Filter = { kind: 'id', ids: [id] }
  const input: SearchInput = { type, filters: [filter], reach, startsAt: undefined }
  const [row] = await rowById(db, input)
  const compartments = compartmentsOf(reach)
  if (!row) {
    const isLimited = compartments === undefined && reach.some(({ limits }) => limits !== undefined)
    const patients = isLimited ? await patientsOfMatches(db, { ...input, reach: [{}] }, MOST_CONCERNED) : []
    return Disclosure.of(undefined, { patients })
  }
  const patients = await patientsOfRows(db, [row], () => reach)
  const owners = await ownersOfRows(db, [row])
  const { version, last_updated: lastUpdated, json } = row
  return Disclosure.of({ id: row.id, version, lastUpdated, json }, { patients, owners })
}

const rowById = compileByShape(BOUND_MEMBERS, (db, input: SearchInput) =>
  db
    .selectFrom('resource')
    .select([...PATIENT_COLUMNS, 'key', 'type', 'id', 'version', 'last_updated', 'json'])
    .where(whereOf(planOf(input))),
)

const ROW = [
  'resource.key',
  'resource.type',
  'resource.id',
  'resource.last_updated',
  'resource.sort_date',
  'resource.sort_name',
] as const

/** The column of each sort; each has its index. */
const COLUMN = {
  date: 'sort_date',
  name: 'sort_name',
  birthdate: 'sort_date',
  _lastUpdated: 'last_updated',
  _id: 'id',
} as const

/**
 * Checks whether the page's statement counts all matches: it has to find them anyway before it can sort them. A total that depends on
 * patients whom the matches refer to is not counted there.
 */
const countsMatches = ({ sort, total, type }: Query, input: SearchInput): boolean =>
  sort !== undefined &&
  sort.by !== 'name' &&
  total !== 'none' &&
  ABOUT_OTHERS[type] === undefined &&
  startsFromKeys(input)

interface PageInput extends SearchInput {
  readonly sort: Sort | undefined
  readonly after: Position | undefined
  /** One row more than the page, to see whether another page follows. */
  readonly limit: number
  readonly largest: number
  /** Counts all matches along with the page, and lists their patients. */
  readonly counts: { readonly patients: boolean } | undefined
}

/** Reads a page by keyset, so that a later page costs the same as the first. */
const pageRows = compileByShape(
  BOUND_MEMBERS,
  (db, { sort, after, limit, largest, counts, ...asked }: PageInput) => {
    const matches = db.selectFrom('resource').where(whereOf(planOf(asked)))
    if (sort === undefined)
      return matches
        .select([...ROW, ...textColumns(largest)])
        .$if(after !== undefined, (q) => q.where('key', '>', after?.key ?? 0))
        .orderBy('key')
        .limit(limit)
    const column = COLUMN[sort.by]
    const direction = sort.descending ? 'desc' : 'asc'
    const keys = matches
      .select(['key', column])
      // Its index holds only resources that have one.
      .$if(column === 'sort_name', (q) => q.where('sort_name', 'is not', null))
      .$if(after !== undefined, (q) =>
        q.where((eb) =>
          eb(
            eb.refTuple(column, 'key'),
            sort.descending ? '<' : '>',
            eb.tuple(after?.at ?? 0, after?.key ?? 0),
          ),
        ),
      )
    // Sorted without the texts, because every match's text would be carried along, not only those of the page.
    return db
      .with(
        (cte) => (counts ? cte('matches').materialized() : cte('matches')),
        () => keys,
      )
      .selectFrom((eb) =>
        eb
          .selectFrom('matches')
          .selectAll()
          .orderBy(column, direction)
          .orderBy('key', direction)
          .limit(limit)
          .as('page'),
      )
      .crossJoin('resource')
      .select([...ROW, ...textColumns(largest)])
      .$if(counts !== undefined, (q) => q.select(MATCHES_COUNT))
      .$if(counts?.patients === true, (q) => q.select(PATIENTS_OF_MATCHES))
      .whereRef('resource.key', '=', 'page.key')
      .orderBy(`page.${column}`, direction)
      .orderBy('page.key', direction)
  },
)

interface FoundPatients {
  /** Patients of the rows and of what they include, and those whom the search names. */
  readonly concerned: Iterable<string>
  /** Patients whose records hold a row that is shown or counted; not those whom a row only refers to. */
  readonly matched: Iterable<string>
  /** Patients on whose data the total, or its absence, depends. */
  readonly counted: readonly string[]
  readonly named: NamedPatients
  /** Why the search is refused, if not because it concerns too many patients. */
  readonly refusal: FhirError | undefined
}

/** Closes a page of a search until the log's trail holds the patients whom it concerns. It is refused if they are too many. */
export const disclosePage = (page: Page, patients: FoundPatients): Disclosure<Page> => {
  const { counted, named, refusal } = patients
  const concerned = new Set([...patients.concerned, ...counted])
  const whom = { patients: [...concerned], matched: [...new Set(patients.matched)], named }
  return refusal ? Disclosure.refused(refusal, whom) : Disclosure.of(page, whom)
}
