import type { ReachOf } from '../../fhir/access/decide-access.ts'
import { Disclosure } from '../../fhir/access/disclosure.ts'
import { type EverythingQuery, MOST_INCLUDED, type Page, type Position } from '../../fhir/access/source.ts'
import { addSharedReferences } from '../../fhir/search/everything-records.ts'
import { COMPARTMENT, SHARED } from '../../query/compartment.ts'
import { LATEST } from '../../query/date-interval.ts'
import { isOfPatientInR4 } from '../../query/patient-elements.ts'
import type { Filter } from '../../query/query.ts'
import type { UpstreamOffer } from '../transport/upstream.ts'
import { gatherIncluded, type IncludedRows } from './included-upstream.ts'
import { readByIds } from './read-by-ids.ts'
import { isUntimed, isWithin, matchesAll, type UpstreamRow } from './row.ts'
import { type ConcernedRow, concernedRow, patientsOfRows, refusedFor } from './row-patients.ts'
import { entryOf, placeOf, takePage, type UpstreamDeps } from './search-upstream.ts'
import type { LentUpstream } from './shared-upstream.ts'
import { isFoundByPatient, streamsOf } from './streams.ts'
import { rowsOnPage } from './total-upstream.ts'
import { budgetOf, walk } from './walk.ts'

/** The most pages that one request reads upstream: enough for one page of each element of each type. */
const MOST_PAGES = 60

/** The number of types that are requested at the same time, because most of them have few resources. */
const AHEAD = 4

/**
 * Reads a page of a patient's compartment, type after type, by our own searches, and the shared resources that it names. Does not
 * use upstream's own `$everything`, because servers differ in what they return.
 */
export const everythingUpstream = (
  deps: UpstreamDeps,
  query: EverythingQuery,
  reachOf: ReachOf,
  after?: Position,
): Promise<Disclosure<Page>> =>
  pageOf(deps, query, reachOf, after).catch((error: unknown) => refusedFor(error, query.patient))

const pageOf = async (
  { upstream, report }: UpstreamDeps,
  { patient, types, since, count }: EverythingQuery,
  reachOf: ReachOf,
  after?: Position,
): Promise<Disclosure<Page>> => {
  const offer = await upstream.offer()
  const filters: Filter[] =
    since === undefined
      ? []
      : [{ kind: 'updated', param: '_lastUpdated', any: [{ prefix: 'ge', low: since, high: LATEST }] }]
  const isFound = (type: string) => isFoundByPatient(type, patient, offer)
  const typesOfRecord = types.filter((type) => COMPARTMENT[type] !== SHARED && reachOf(type))
  const isWhole = types.length === STORED.length
  const isLost = (type: string) =>
    offer.get(type)?.isLost === true && types.includes(type) && reachOf(type) !== undefined
  const isUnread = (type: string) =>
    typesOfRecord.includes(type) ? !isFound(type) : isLost(type) || (isWhole && isUnserved(type))
  const rowsOfPatient = walk({
    upstream,
    streams: typesOfRecord
      .filter(isFound)
      .toSorted()
      .flatMap((type) => streamsOf({ type, filters, reach: [{ compartment: patient }] }, offer)),
    count: rowsOnPage(count) + 1,
    ahead: AHEAD,
    budget: budgetOf(MOST_PAGES),
    accepts: (row) => isWithin(row, reachOf(row.type) ?? []) && matchesAll(row, filters),
    mayMatch: (row) => isWithin(row, reachOf(row.type) ?? []) && isUntimed(row, filters),
    from: placeOf(after),
    report,
  })
  const { rows, extra, next } = await takePage(rowsOfPatient, rowsOnPage(count))
  const { included, isCut } = await sharedRows(upstream, offer, rows, types, reachOf)
  const all = included.all()
  const includedRows = all.slice(0, MOST_INCLUDED)
  const ofRow = new Map([...rows, ...extra].map((row) => [row, concernedRow(row)]))
  const concerned = [...ofRow.values(), ...all.map((row) => row.concerned)]
  const { patients, untold } = await patientsOfRows({ upstream, report }, concerned, reachOf)
  const isTold = (row?: ConcernedRow) => row !== undefined && !untold.has(row)
  const page: Page = {
    resources: rows.filter((row) => isTold(ofRow.get(row))).map(entryOf),
    included: includedRows.filter((row) => isTold(row.concerned)).map(({ entry }) => entry),
    cut: isCut || all.length > includedRows.length,
    doubts: rowsOfPatient.doubts,
    unread: after ? [] : readableTypes(offer).filter(isUnread),
    ...(next !== undefined && { next: { key: 0, place: next } }),
  }
  return Disclosure.of(page, { patients: [...new Set([patient, ...patients])], owners: [patient] })
}

const STORED = Object.keys(COMPARTMENT)

/** Whether R4 counts a type among a patient's, and it is not served here. */
const isUnserved = (type: string): boolean =>
  isOfPatientInR4(type) && !STORED.includes(type) && type !== 'AuditEvent'

const readableTypes = (offer: UpstreamOffer): string[] =>
  [...offer].flatMap(([type, { read, search, isLost }]) => (read || search || isLost ? type : [])).sort()

/** Reads the shared resources (they belong to no patient) that these rows name. */
const sharedRows = async (
  upstream: LentUpstream,
  offer: UpstreamOffer,
  rows: readonly UpstreamRow[],
  types: readonly string[],
  reachOf: ReachOf,
): Promise<{ included: IncludedRows; isCut: boolean }> => {
  const idsByType = new Map<string, Set<string>>()
  for (const { json } of rows) addSharedReferences(idsByType, json)
  const included = gatherIncluded(rows)
  let isCut = false
  for (const [type, ids] of idsByType) {
    const reach = types.includes(type) && offer.has(type) ? reachOf(type) : undefined
    if (!reach) continue
    isCut ||= ids.size > MOST_INCLUDED
    const take = (row: UpstreamRow) => isWithin(row, reach) && included.add(row)
    const { isEnough, untold } = await readByIds(upstream, type, [...ids], take)
    if (isEnough || untold.length > 0) return { included, isCut: true }
  }
  return { included, isCut }
}
