import { sql } from 'kysely'
import { type FhirError, tooManyToCount } from '../../fhir-error.ts'
import type { Query } from '../../query/query.ts'
import type { Db } from '../../store/schema.ts'
import { compileByShape } from '../../store/statements/compile-by-shape.ts'
import { compartmentsOf } from '../access/decide-access.ts'
import type { Position } from '../access/source.ts'
import {
  isAboutOthers,
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
  const isKnown = isPage && (after !== undefined || query.total === 'none' || known !== undefined)
  const isBound = compartmentsOf(asked.reach) !== undefined
  const passing = onPage ?? (isBound && !isKnown ? await countWithOwners(db, asked, query) : undefined)
  const total = async (most?: number) =>
    passing?.matches === undefined ? countMatches(db, asked, most) : Number(passing.matches)
  const listed = passing?.patients === undefined ? undefined : listedPatients(passing.patients)
  const ownersIn = async (most: number, scan?: number) => listed ?? ownersOfMatches(db, asked, most, scan)
  const withOthers = async (owners: readonly string[], most: number, scan?: number) =>
    // Inside one record, only what is in another one too is about the others whom it refers to.
    isAboutOthers(query.type) && !(isBound && owners.length <= 1)
      ? patientsOfMatches(db, asked, most, scan)
      : owners
  const totalAlone = async (): Promise<Total> => {
    const number = await totalWithin(query, after, known, total)
    return { ...(number !== undefined && { total: number }), counted: [], matched: [] }
  }
  if (isKnown) return totalAlone()
  if (!isPage || query.total === 'accurate') {
    const matched = await ownersIn(MOST_COUNTED + 1)
    const patients = await withOthers(matched, MOST_COUNTED + 1)
    return patients.length > MOST_COUNTED
      ? { counted: patients, matched, refusal: tooManyToCount(MOST_COUNTED) }
      : { ...(await totalAlone()), counted: patients, matched }
  }
  const isOther = (patient: string) => !concerned.has(patient)
  const limits = [concerned.size + 1, MOST_UNREQUESTED + 1] as const
  const owners = await ownersIn(...limits)
  const owner = owners.find(isOther)
  if (owner !== undefined) return { counted: [owner], matched: [owner] }
  const other = (await withOthers(owners, ...limits)).find(isOther)
  return other === undefined ? totalAlone() : { counted: [other], matched: [] }
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
