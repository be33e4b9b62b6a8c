import type { ReachOf } from '../../fhir/access/decide-access.ts'
import type { Position } from '../../fhir/access/source.ts'
import { MOST_COUNTED } from '../../fhir/search/concerned-patients.ts'
import { type FhirError, tooManyRows, tooManyToCount } from '../../fhir-error.ts'
import type { Query } from '../../query/query.ts'
import { type ConcernedRow, concernedRow, patientsOfRows } from './row-patients.ts'
import type { Walk, WalkInput } from './walk.ts'

/** The most resources that are read to count them. */
const MOST_ROWS = 1_000
const LARGEST_PAGE = 200
const SMALLEST_PAGE = 20

const isCounting = ({ count, total }: Query, after: Position | undefined): boolean =>
  count === 0 || (total === 'accurate' && after === undefined)

/**
 * Returns how many rows a page here has at most: one fewer than servers return at once, because one more is read, to see whether there is
 * another page. A second request for that row alone may take as long as the first.
 */
export const rowsOnPage = (count: number): number => Math.min(count, LARGEST_PAGE - 1)

/**
 * Returns how many rows to request at a time upstream. The size is the same on every page of a search, because a position counts rows
 * from the beginning of an upstream page.
 */
export const pageSizeFor = (query: Query): number =>
  isCounting(query, undefined) ? LARGEST_PAGE : Math.max(SMALLEST_PAGE, rowsOnPage(query.count) + 1)

interface Counting extends Pick<WalkInput, 'upstream' | 'report'> {
  readonly query: Query
  readonly after: Position | undefined
  /** The walk, which has given the rows so far. */
  readonly found: Walk
  readonly rows: readonly ConcernedRow[]
  /** Whether these are all rows. */
  readonly isWhole: boolean
  readonly reachOf: ReachOf
}

interface Total {
  readonly total?: number
  readonly counted: readonly string[]
  /** Those of them whose own record matched; the others are only referred to. */
  readonly matched: readonly string[]
  readonly refusal?: FhirError
}

/**
 * Returns the total of a search. Never uses upstream's total, which counts rows that are out of reach; counts the rows that
 * passed the checks here. A total that was not requested is given only if the first page holds all rows. For a requested total,
 * reads up to 1,000 rows; if there are more, or the time is not enough, a page has no total, and a request for only the count
 * is refused. There is none if upstream left something out. Every counted patient is concerned, 100 at most.
 */
export const countRest = async (counting: Counting): Promise<Total> => {
  const { query, after, rows, isWhole, found } = counting
  const nobody = { counted: [], matched: [] }
  if (after !== undefined && query.count > 0) return nobody
  const isComplete = () => !found.doubts.has('incomplete')
  if (isWhole && query.count > 0 && isComplete())
    return { ...(query.total !== 'none' && { total: rows.length }), ...nobody }
  if (!isCounting(query, after)) return nobody
  const { all, isEnd } = await readRest(counting)
  const { patients, untold } = await patientsOfRows(counting, all, counting.reachOf)
  const told = all.filter((row) => !untold.has(row))
  const matched = told.flatMap(({ owners }) => owners)
  if (patients.length > MOST_COUNTED)
    return { counted: patients.slice(0, MOST_COUNTED + 1), matched, refusal: tooManyToCount(MOST_COUNTED) }
  const whom = { counted: patients, matched }
  if (!isComplete()) return whom
  if (isEnd) return { total: told.length, ...whom }
  return { ...whom, ...(query.count === 0 && { refusal: tooManyRows(MOST_ROWS) }) }
}

const readRest = async ({
  found,
  rows,
}: Pick<Counting, 'found' | 'rows'>): Promise<{ all: ConcernedRow[]; isEnd: boolean }> => {
  const all = [...rows]
  const patients = new Set(rows.flatMap((row) => row.patients))
  while (all.length <= MOST_ROWS && patients.size <= MOST_COUNTED) {
    const row = await found.next()
    if (!row) return { all, isEnd: found.place() === undefined }
    all.push(concernedRow(row))
    for (const patient of row.patients) patients.add(patient)
  }
  return { all, isEnd: false }
}
