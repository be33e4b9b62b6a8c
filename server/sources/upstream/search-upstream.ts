import { compartmentsOf, type Reach, type ReachOf } from '../../fhir/access/decide-access.ts'
import type { Disclosure } from '../../fhir/access/disclosure.ts'
import { MOST_INCLUDED, type Page, type PageEntry, type Position } from '../../fhir/access/source.ts'
import { SORTED_DATES, sortDate, sortName } from '../../fhir/index/put-resource.ts'
import { allPatientsIn } from '../../fhir/search/named-patients.ts'
import { disclosePage } from '../../fhir/search/search-records.ts'
import { badRequest } from '../../fhir-error.ts'
import type { Query, Sort } from '../../query/query.ts'
import type { Report } from '../transport/send.ts'
import { includedUpstream, requireIncludable } from './included-upstream.ts'
import { namedById, namedUpstream } from './named-upstream.ts'
import { orderOf } from './order.ts'
import { isUntimed, isWithin, matchesAll, type UpstreamRow } from './row.ts'
import { type ConcernedRow, concernedRow, patientsOfRows, refusedAfter } from './row-patients.ts'
import type { LentUpstream } from './shared-upstream.ts'
import { streamsOf } from './streams.ts'
import { countRest, pageSizeFor, rowsOnPage } from './total-upstream.ts'
import { budgetOf, walk } from './walk.ts'

export interface UpstreamDeps {
  readonly upstream: LentUpstream
  /** Tells the operator what is wrong with an answer, without quoting it. */
  readonly report: Report
}

/** The most pages that one search reads upstream. */
const MOST_PAGES = 10
/** The most characters of text on a page; further rows go on the next one. */
const MOST_TEXT = 4_000_000

/**
 * Searches upstream. The rows from upstream are only candidates: each is checked here against the reach and every filter before
 * it is shown or counted.
 */
export const searchUpstream = async (
  deps: UpstreamDeps,
  query: Query,
  reach: Reach,
  after?: Position,
  reachOf: ReachOf = () => undefined,
): Promise<Disclosure<Page>> => {
  const rowsSeen: ConcernedRow[] = []
  try {
    return await pageOf(deps, { query, reach, after, reachOf }, rowsSeen)
  } catch (error) {
    const compartments = compartmentsOf(reach)
    // Whom a search of certain patients names besides them is not looked up, nor told.
    const named = compartments ? undefined : namedById(query)
    return refusedAfter(error, rowsSeen, compartments, named && { named })
  }
}

interface Search {
  readonly query: Query
  readonly reach: Reach
  readonly after: Position | undefined
  readonly reachOf: ReachOf
}

/** @param rowsSeen gets each matching row as it is read. */
const pageOf = async (
  { upstream, report }: UpstreamDeps,
  { query, reach, after, reachOf }: Search,
  rowsSeen: ConcernedRow[],
): Promise<Disclosure<Page>> => {
  const { type, filters, sort, count, usedParameters } = query
  const offer = await upstream.offer()
  requireIncludable({ offer, reachOf }, query.includes)
  const budget = budgetOf(MOST_PAGES)
  const compare = sort && comparing(sort)
  const matches = walk({
    upstream,
    streams: streamsOf({ type, filters, reach, sort, usedParameters }, offer),
    count: pageSizeFor(query),
    budget,
    accepts: (row) =>
      isWithin(row, reach) && matchesAll(row, filters) && rowsSeen.push(concernedRow(row)) > 0,
    mayMatch: (row) => isWithin(row, reach) && isUntimed(row, filters),
    compare,
    order: sort && orderOf(sort),
    from: placeOf(after),
    report,
  })
  const taken = await takePage(matches, rowsOnPage(count))
  // As in the embedded store: the extra row that reveals another page, and included resources beyond the limit, concern their
  // patients too.
  const compartments = compartmentsOf(reach)
  const reachOfType: ReachOf = (each) => (each === type ? reach : reachOf(each))
  const concernedBy = (some: readonly ConcernedRow[]) =>
    patientsOfRows({ upstream, report }, some, reachOfType)
  const seen = new Map([...taken.rows, ...taken.extra].map((row) => [row, concernedRow(row)]))
  const { patients, untold } = await concernedBy([...seen.values()])
  const told = new Map([...seen].filter(([, concerned]) => !untold.has(concerned)))
  const rows = taken.rows.filter((row) => told.has(row))
  const pageOfRows = compare ? rows.toSorted(compare) : rows
  const inclusion = { upstream, offer, reachOf, budget, report }
  const { included, isCut } = await includedUpstream(inclusion, query.includes ?? [], pageOfRows)
  const ofIncluded = await concernedBy(included.all().map((row) => row.concerned))
  const all = included.all().filter((row) => !ofIncluded.untold.has(row.concerned))
  const includedRows = all.slice(0, MOST_INCLUDED)
  const isBound = compartments !== undefined
  const patientsByFilter = await namedUpstream({
    ...{ upstream, report, query, rows: pageOfRows, isBound },
    isIncomplete: matches.doubts.has('incomplete'),
  })
  const concerned = new Set([
    ...(compartments ?? allPatientsIn(patientsByFilter)),
    ...patients,
    ...ofIncluded.patients,
  ])
  const { total, counted, matched, refusal } = await countRest({
    ...{ upstream, report, query, after, found: matches, type },
    reachOf: reachOfType,
    rows: [...told.values()],
    isWhole: taken.next === undefined,
  })
  const page: Page = {
    ...(total !== undefined && { total }),
    resources: pageOfRows.map(entryOf),
    ...((includedRows.length > 0 || isCut) && {
      included: includedRows.map(({ entry }) => entry),
      cut: isCut || all.length > includedRows.length,
    }),
    doubts: matches.doubts,
    ...(taken.next !== undefined && count > 0 && { next: { key: 0, place: taken.next } }),
  }
  return disclosePage(page, {
    concerned,
    matched: [...[...told.keys()].flatMap((row) => row.patients), ...matched],
    counted,
    named: patientsByFilter,
    refusal,
  })
}

export const entryOf = ({ type, id, json }: UpstreamRow): PageEntry => ({ type, id, json })

/** @throws FhirError 400 when the link was made by another kind of source. */
export const placeOf = (after: Position | undefined): string | undefined => {
  if (after && after.place === undefined) throw badRequest('The page link is over; search again.')
  return after?.place
}

/** Reads the rows of a page, and one more, which reveals whether there is another page. */
export const takePage = async (
  matches: ReturnType<typeof walk>,
  count: number,
): Promise<{ rows: UpstreamRow[]; extra: UpstreamRow[]; next: string | undefined }> => {
  const rows: UpstreamRow[] = []
  let size = 0
  while (rows.length < count && size < MOST_TEXT) {
    const row = await matches.next()
    if (!row) return { rows, extra: [], next: matches.place() }
    rows.push(row)
    size += row.json.length
  }
  if (count === 0) return { rows, extra: [], next: matches.place() }
  const place = matches.place()
  const row = await matches.next()
  return row ? { rows, extra: [row], next: place } : { rows, extra: [], next: matches.place() }
}

/** Compares rows by the same values as the embedded store. */
const comparing = ({ by, descending }: Sort): ((a: UpstreamRow, b: UpstreamRow) => number) => {
  const known = new WeakMap<UpstreamRow, number | string>()
  const sortValueOf = (row: UpstreamRow): number | string => {
    const value = known.get(row) ?? sortValue[by](row)
    known.set(row, value)
    return value
  }
  return (a, b) => {
    const [one, other] = [sortValueOf(a), sortValueOf(b)]
    const order = one < other ? -1 : one > other ? 1 : 0
    return descending ? -order : order
  }
}

const dateOf = ({ valuesOf }: UpstreamRow) => sortDate(SORTED_DATES.flatMap((param) => valuesOf(param).dates))
const sortValue: Record<Sort['by'], (row: UpstreamRow) => number | string> = {
  date: dateOf,
  birthdate: dateOf,
  name: ({ type, resource }) => sortName(type, resource) ?? '',
  _lastUpdated: ({ lastUpdated }) => (Number.isNaN(lastUpdated) ? 0 : lastUpdated),
  _id: ({ id }) => id,
}
