import { sql } from 'kysely'
import { type FhirError, tooManyToCount } from '../../fhir-error.ts'
import type { Query } from '../../query/query.ts'
import type { Db } from '../../store/schema.ts'
import { compileByShape } from '../../store/statements/compile-by-shape.ts'
import { compartmentsOf } from '../access/decide-access.ts'
import type { Position } from '../access/source.ts'
import {
  countWithPatients,
  isAboutOthers,
  isOfPatients,
  listedPatients,
  MATCHES_COUNT,
  MOST_COUNTED,
  ownersOfMatches,
  PATIENTS_OF_MATCHES,
  patientsOfMatches,
} from './concerned-patients.ts'
import { BOUND_MEMBERS, matchesOf, type SearchInput } from './search-plan.ts'

/** The most matches that are counted if no total was requested. */
const MOST_UNREQUESTED = 10_000

/** Returns how many matches of a page's search are counted: none, up to 10,000 if no total was requested, or all. */
export const mostCounted = ({ count, total }: Query, isFirst: boolean): number => {
  if (count === 0) return Number.POSITIVE_INFINITY
  if (!isFirst || total === 'none') return 0
  return total === 'accurate' ? Number.POSITIVE_INFINITY : MOST_UNREQUESTED
}

/**
 * Returns the total of a search, which is counted once, with the first page. There is none above the number that is counted.
 *
 * @param knownTotal number of matches, if the first page holds them all.
 * @param countMatches counts the matches, up to `most`.
 */
const totalWithin = async (
  query: Query,
  after: Position | undefined,
  knownTotal: number | undefined,
  countMatches: (most?: number) => Promise<number>,
): Promise<number | undefined> => {
  const most = mostCounted(query, after === undefined)
  if (most === 0) return undefined
  if (query.count > 0 && knownTotal !== undefined) return knownTotal
  if (most === Number.POSITIVE_INFINITY) return countMatches()
  const upTo = await countMatches(most + 1)
  return upTo > most ? undefined : upTo
}

interface Counting {
  readonly db: Db
  readonly query: Query
  readonly asked: SearchInput
  readonly after: Position | undefined
  /** Number of matches, if the first page holds them all. */
  readonly known: number | undefined
  /** The matches as the page's statement counted them. */
  readonly onPage: CountedMatches | undefined
}

export interface CountedMatches {
  readonly matches?: number
  readonly patients?: string | null
}

interface Total {
  readonly total?: number
  /** Patients on whose data the total, or its absence, depends. */
  readonly counted: readonly string[]
  /** Those of them whose own record matched; the others are only referred to. */
  readonly matched: readonly string[]
  readonly refusal?: FhirError
}

/**
 * Returns the total of a search. A total reveals something about every patient it counts, so each of them gets an entry: inside one
 * record too, because a resource may be in several. A requested total counts up to 100 patients and is refused above that. Any other is
 * given only if it counts nobody but patients who are concerned already; the first patient beyond them is concerned as well, because the
 * total is absent due to their data.
 */
export const totalOf = async (
  { db, query, asked, after, known, onPage }: Counting,
  concerned: ReadonlySet<string>,
): Promise<Total> => {
  const isPage = query.count > 0
  const total = (countMatches: (most?: number) => Promise<number>) =>
    totalWithin(query, after, known, countMatches)
  const isKnown = isPage && (after !== undefined || query.total === 'none' || known !== undefined)
  if (isKnown || !isOfPatients(query.type))
    return given(NOBODY, await total((most) => countMatches(db, asked, most)))
  const isRequested = !isPage || query.total === 'accurate'
  const judge = isRequested ? judgeRequested : judgeUnrequested(concerned)
  const isBound = compartmentsOf(asked.reach) !== undefined
  const passing = onPage ?? (isBound ? await countWithOwners(db, asked, query) : undefined)
  const listed = passing?.patients === undefined ? undefined : listedPatients(passing.patients)
  // Inside one record, only what is in another one too is about the others whom it refers to.
  const aboutOthers = isAboutOthers(query.type) && !(isBound && listed !== undefined && listed.length <= 1)
  if (listed !== undefined && passing?.matches !== undefined && !aboutOthers) {
    const matches = Number(passing.matches)
    return given(judge(listed, []), await total(async () => matches))
  }
  const limit = isRequested ? MOST_COUNTED + 1 : concerned.size + 1
  const scan = isRequested ? undefined : MOST_UNREQUESTED + 1
  // Before anything is counted, because this ends with the first patients too many.
  const owners = listed ?? (await ownersOfMatches(db, asked, limit, scan))
  const before = judge(owners, aboutOthers ? await patientsOfMatches(db, asked, limit, scan) : [])
  if (before.isRefused) return given(before, undefined)
  const rows = await countWithPatients(db, { ...asked, limit, scan, aboutOthers })
  const { owner = [], other = [] } = Object.groupBy(
    rows.filter(({ patient }) => patient !== null),
    ({ owns }) => (Number(owns) === 1 ? 'owner' : 'other'),
  )
  const patientsOf = (some: typeof rows) => some.flatMap(({ patient }) => patient ?? [])
  const judged = judge(patientsOf(owner), patientsOf(other))
  return given(judged, await total(async () => Number(rows[0]?.matches ?? 0)))
}

/** Whom a total counts, or why there is none. */
interface Judged extends Omit<Total, 'total'> {
  readonly isRefused?: true
}

const NOBODY: Judged = { counted: [], matched: [] }

const given = ({ isRefused, ...whom }: Judged, total: number | undefined): Total => ({
  ...whom,
  ...(total !== undefined && !isRefused && { total }),
})

/** @param others are no owners of a match, but concerned by one. */
type Judge = (owners: readonly string[], others: readonly string[]) => Judged

const judgeRequested: Judge = (owners, others) => {
  const counted = [...new Set([...owners, ...others])]
  return counted.length > MOST_COUNTED
    ? { counted, matched: owners, isRefused: true, refusal: tooManyToCount(MOST_COUNTED) }
    : { counted, matched: owners }
}

/** It counts nobody but those who are concerned already; the first one beyond them is told, and there is no total. */
const judgeUnrequested =
  (concerned: ReadonlySet<string>): Judge =>
  (owners, others) => {
    const isOther = (patient: string) => !concerned.has(patient)
    const owner = owners.find(isOther)
    const other = owner ?? others.find(isOther)
    if (other === undefined) return NOBODY
    return { counted: [other], matched: owner === undefined ? [] : [owner], isRefused: true }
  }

const countMatches = async (db: Db, input: SearchInput, limit: number | undefined): Promise<number> =>
  Number((await countedRows(db, { ...input, limit }))[0]?.total ?? 0)

/** Counts all matches, or up to the limit. */
const countedRows = compileByShape(
  BOUND_MEMBERS,
  (db, { limit, ...asked }: SearchInput & { limit: number | undefined }) => {
    const matches = matchesOf(asked, limit)
    const statement = sql<{ total: number }>`select count(*) as total from (${matches}) as "match"`
    return { compile: () => statement.compile(db) }
  },
)

/** Counts the matches inside certain records, and lists their owners, in one pass: nearly always, there is only one. */
const countWithOwners = async (
  db: Db,
  input: SearchInput,
  query: Query,
): Promise<CountedMatches | undefined> => {
  const most = mostCounted(query, true)
  const limit = most === Number.POSITIVE_INFINITY ? undefined : most + 1
  return (await matchesWithOwners(db, { ...input, limit }))[0]
}

const matchesWithOwners = compileByShape(
  BOUND_MEMBERS,
  (db, { limit, ...asked }: SearchInput & { limit: number | undefined }) => {
    const statement = sql<CountedMatches>`with matches as materialized (${matchesOf(asked, limit)})
      select ${MATCHES_COUNT}, ${PATIENTS_OF_MATCHES}`
    return { compile: () => statement.compile(db) }
  },
)
