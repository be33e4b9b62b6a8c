import type { Reach, ReachOf } from '../../fhir/access/decide-access.ts'
import { MOST_INCLUDED, type PageEntry } from '../../fhir/access/source.ts'
import { notSupported } from '../../fhir-error.ts'
import type { Include } from '../../query/includes.ts'
import type { Filter } from '../../query/query.ts'
import type { Report } from '../transport/send.ts'
import type { UpstreamOffer } from '../transport/upstream.ts'
import { conditionsOf } from './conditions.ts'
import { chunks, readByIds } from './read-by-ids.ts'
import { isWithin, matchesAll, type UpstreamRow } from './row.ts'
import { type ConcernedRow, concernedRow } from './row-patients.ts'
import type { LentUpstream } from './shared-upstream.ts'
import { streamsOf } from './streams.ts'
import { type Budget, walk } from './walk.ts'

/** The most characters of text that are gathered. They stay in memory until the page is complete. */
const MOST_TEXT = 4_000_000

interface IncludedRow {
  readonly entry: PageEntry
  readonly concerned: ConcernedRow
}

/** The resources that are included with a page, and one more than it takes. Of each row, only what is sent and logged is kept. */
export interface IncludedRows {
  /** Adds a row that may be read, once. @returns whether there is no more room. */
  add(row: UpstreamRow): boolean
  all(): readonly IncludedRow[]
}

/** @param page the rows that the page shows anyway. */
export const gatherIncluded = (page: readonly UpstreamRow[]): IncludedRows => {
  const pageKeys = new Set(page.map(keyOf))
  const includedRows = new Map<string, IncludedRow>()
  let size = 0
  return {
    add: (row) => {
      const key = keyOf(row)
      if (!pageKeys.has(key) && !includedRows.has(key)) {
        const { type, id, json } = row
        includedRows.set(key, { entry: { type, id, json }, concerned: concernedRow(row) })
        size += json.length
      }
      return includedRows.size > MOST_INCLUDED || size > MOST_TEXT
    },
    all: () => [...includedRows.values()],
  }
}

const keyOf = ({ type, id }: UpstreamRow): string => `${type}/${id}`

/** The number of matches that one search for referring resources names. */
const TOGETHER = 25

interface Inclusion {
  readonly upstream: LentUpstream
  readonly offer: UpstreamOffer
  readonly reachOf: ReachOf
  readonly budget: Budget
  readonly report: Report
}

/**
 * Reads the resources to include with a page, and one more than it takes. Does not ask upstream to include anything: follows the
 * references of the rows itself, and limits each resource to the holder's reach of its own type.
 */
export const includedUpstream = async (
  inclusion: Inclusion,
  includes: readonly Include[],
  page: readonly UpstreamRow[],
): Promise<{ included: IncludedRows; isCut: boolean }> => {
  const included = gatherIncluded(page)
  for (const include of includes) {
    const follow = include.direction === 'out' ? addReferred : addReferring
    if (await follow(inclusion, include, page, included)) return { included, isCut: true }
  }
  return { included, isCut: false }
}

/**
 * Checks the includes of a request before anything is read, because a later refusal would reveal that something was found.
 *
 * @throws FhirError 400 when upstream does not offer a parameter or type that they need.
 */
export const requireIncludable = (
  { offer, reachOf }: Pick<Inclusion, 'offer' | 'reachOf'>,
  includes: readonly Include[] = [],
): void => {
  for (const { direction, source, param, targets } of includes) {
    const reach = direction === 'in' ? reachOf(source) : undefined
    if (!reach || !offer.get(source)?.search) continue
    const filter: Filter = { kind: 'reference', param, any: [{ types: targets, id: '0' }] }
    requireAskable(source, filter, reach, offer)
    streamsOf({ type: source, filters: [filter], reach }, offer)
  }
}

/** Adds the rows that one include finds; returns whether there were more. */
type Follow = (
  inclusion: Inclusion,
  include: Include,
  page: readonly UpstreamRow[],
  included: IncludedRows,
) => Promise<boolean>

const addReferred: Follow = async ({ upstream, reachOf }, { param, targets }, page, included) => {
  const references = page.flatMap(({ valuesOf }) => valuesOf(param).references)
  for (const type of targets) {
    const reach = reachOf(type)
    const ids = new Set(references.flatMap(({ target }) => (target.type === type ? [target.id] : [])))
    if (!reach || ids.size === 0) continue
    const take = (row: UpstreamRow) => isWithin(row, reach) && included.add(row)
    const { isEnough, untold } = await readByIds(upstream, type, [...ids], take)
    if (isEnough || untold.length > 0) return true
  }
  return false
}

const addReferring: Follow = async (inclusion, { source, param, targets }, page, included) => {
  const { upstream, offer, reachOf, budget, report } = inclusion
  const reach = reachOf(source)
  if (!reach || !offer.get(source)?.search) return false
  for (const matches of chunks(page, TOGETHER)) {
    const filter: Filter = {
      kind: 'reference',
      param,
      any: matches.map(({ id }) => ({ types: targets, id })),
    }
    const accepts = (row: UpstreamRow) => isWithin(row, reach) && matchesAll(row, [filter])
    const streams = streamsOf({ type: source, filters: [filter], reach }, offer)
    const candidates = walk({ upstream, streams, count: 200, budget, accepts, report })
    for (let row = await candidates.next(); row; row = await candidates.next())
      if (included.add(row)) return true
    if (candidates.place() !== undefined || candidates.doubts.size > 0) return true
  }
  return false
}

/** @throws FhirError 400 when they could be found only by reading all records. */
const requireAskable = (type: string, filter: Filter, reach: Reach, offer: UpstreamOffer): void => {
  if (reach.every(({ compartment }) => compartment !== undefined)) return
  if (conditionsOf(type, [filter], offer.get(type)?.parameters ?? new Set())?.length === 0)
    throw notSupported(`_revinclude of ${type} is not supported here.`)
}
