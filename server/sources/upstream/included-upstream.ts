import type { Reach, ReachOf } from '../../fhir/access.ts'
import { MOST_INCLUDED } from '../../fhir/source.ts'
import { notSupported } from '../../fhir-error.ts'
import type { Include } from '../../query/includes.ts'
import type { Filter } from '../../query/query.ts'
import { conditionsOf } from './conditions.ts'
import type { Report } from './credential.ts'
import { readByIds } from './read-by-ids.ts'
import { isWithin, matchesAll, type Row } from './row.ts'
import { streamsOf } from './streams.ts'
import type { Upstream, UpstreamOffer } from './upstream.ts'
import { type Budget, walk } from './walk.ts'

/** Matches that one search for resources that refer to them names. */
const TOGETHER = 25

export interface Inclusion {
  readonly upstream: Upstream
  readonly offer: UpstreamOffer
  readonly reachOf: ReachOf
  readonly budget: Budget
  readonly report: Report
}

/**
 * Reads the resources to include with a page, and one more than it takes. Upstream is not asked to include anything: the references
 * of the rows are followed here, and each resource is within the holder's reach of its own type.
 */
export const includedUpstream = async (
  inclusion: Inclusion,
  includes: readonly Include[],
  page: readonly Row[],
): Promise<{ included: Row[]; isCut: boolean }> => {
  const shown = new Set(page.map(keyOf))
  const found = new Map<string, Row>()
  let isCut = false
  for (const include of includes) {
    const { rows, isCut: isShort } =
      include.direction === 'out'
        ? await referredRows(inclusion, include, page)
        : await referringRows(inclusion, include, page)
    isCut ||= isShort
    for (const row of rows)
      if (!shown.has(keyOf(row)) && found.size <= MOST_INCLUDED) found.set(keyOf(row), row)
  }
  return { included: [...found.values()].slice(0, MOST_INCLUDED + 1), isCut }
}

/**
 * Checks what includes ask for, before anything is read: afterwards a refusal would tell that something was found.
 *
 * @throws FhirError 400 when upstream does not offer what it takes.
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

const keyOf = ({ type, id }: Row): string => `${type}/${id}`

interface Included {
  readonly rows: readonly Row[]
  readonly isCut: boolean
}

const referredRows = async (
  { upstream, reachOf }: Inclusion,
  { param, targets }: Include,
  page: readonly Row[],
): Promise<Included> => {
  const references = page.flatMap(({ values }) => values.references.filter((each) => each.param === param))
  const rows: Row[] = []
  for (const type of targets) {
    const reach = reachOf(type)
    const ids = new Set(references.flatMap(({ target }) => (target.type === type ? [target.id] : [])))
    if (!reach || ids.size === 0) continue
    const read = await readByIds(upstream, type, [...ids].slice(0, MOST_INCLUDED + 1))
    rows.push(...read.filter((row) => isWithin(row, reach)))
  }
  return { rows, isCut: false }
}

const referringRows = async (
  { upstream, offer, reachOf, budget, report }: Inclusion,
  { source, param, targets }: Include,
  page: readonly Row[],
): Promise<Included> => {
  const reach = reachOf(source)
  if (!reach || !offer.get(source)?.search) return { rows: [], isCut: false }
  const rows: Row[] = []
  for (let at = 0; at < page.length; at += TOGETHER) {
    const any = page.slice(at, at + TOGETHER).map(({ id }) => ({ types: targets, id }))
    const filter: Filter = { kind: 'reference', param, any }
    const accepts = (row: Row) => isWithin(row, reach) && matchesAll(row, [filter])
    const streams = streamsOf({ type: source, filters: [filter], reach }, offer)
    const found = walk({ upstream, streams, count: 200, budget, accepts, report })
    for (let row = await found.next(); row; row = await found.next()) {
      rows.push(row)
      if (rows.length > MOST_INCLUDED) return { rows, isCut: true }
    }
    if (found.place() !== undefined) return { rows, isCut: true }
  }
  return { rows, isCut: false }
}

/** @throws FhirError 400 when only reading all records could find them. */
const requireAskable = (type: string, filter: Filter, reach: Reach, offer: UpstreamOffer): void => {
  if (reach.every(({ compartment }) => compartment !== undefined)) return
  if (conditionsOf(type, [filter], offer.get(type)?.parameters ?? new Set())?.length === 0)
    throw notSupported(`_revinclude of ${type} is not supported here.`)
}
