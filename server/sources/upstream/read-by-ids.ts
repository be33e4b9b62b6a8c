import { isUpstreamLarge } from '../../fhir-error.ts'
import { ID } from '../../query/reference.ts'
import { createPauses } from '../../turns.ts'
import type { UpstreamPage, UpstreamResource } from '../transport/upstream.ts'
import { rowOf, type UpstreamRow } from './row.ts'
import type { LentUpstream } from './shared-upstream.ts'

/** The most ids that one search asks for. */
const TOGETHER = 50
/** The most requests at the same time. */
const AT_ONCE = 4

/** Sends one request. */
type Ask = () => Promise<{
  readonly resources: readonly UpstreamResource[]
  /** The page that they are on. */
  readonly page?: UpstreamPage
  /** The requests for the rest. */
  readonly rest?: readonly Ask[]
  /** Ids that may exist although no resource came for them. */
  readonly open?: readonly string[]
}>

/**
 * Reads resources by their ids, in any order; leaves out those that do not exist. Access to them is not decided yet. An answer may be
 * as large as 10 MB, so none is kept: each row is handed over when its answer arrives.
 *
 * @param take gets each row once; returns true if no more rows are wanted, and then nothing more is asked for.
 * @returns whether `take` wanted no more, and the ids that may or may not exist: only a read, or a search by ids that came to its end, shows
 * that.
 */
export const readByIds = async (
  upstream: LentUpstream,
  type: string,
  ids: readonly string[],
  // biome-ignore lint/suspicious/noConfusingVoidType: most callers want all rows.
  take: (row: UpstreamRow) => boolean | void,
): Promise<{ isEnough: boolean; untold: readonly string[] }> => {
  const offerOfType = (await upstream.offer()).get(type)
  const isSearch = offerOfType?.search && offerOfType.parameters.has('_id')
  if (!isSearch && !offerOfType?.read) return { isEnough: false, untold: [] }
  const missingIds = new Set(ids.filter((id) => ID.test(id)))
  const untold: string[] = []
  const readById =
    (id: string): Ask =>
    async () => {
      const resource = await upstream.read(type, id)
      return { resources: resource && resource !== 'gone' ? [resource] : [] }
    }
  const asks = isSearch
    ? chunks([...missingIds], TOGETHER).map((some) => searchByIds(upstream, type, some))
    : [...missingIds].map(readById)
  let isOver = false
  let isEnough = false
  const pause = createPauses()
  const work = async (): Promise<void> => {
    for (let ask = asks.shift(); ask && !isOver; ask = asks.shift()) {
      const { resources, page, rest = [], open = [] } = await ask()
      for (const resource of resources) {
        if (isOver) return
        if (resource.type !== type || !missingIds.delete(resource.id)) continue
        isOver = isEnough = take(rowOf(resource)) === true
        await pause()
      }
      if (page) upstream.letGo(page)
      const missing = open.filter((id) => missingIds.has(id))
      if (offerOfType.read) asks.unshift(...rest, ...missing.map(readById))
      else {
        asks.unshift(...rest)
        untold.push(...missing)
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  } finally {
    isOver = true
  }
  return { isEnough, untold }
}

interface Progress {
  /** The page to read. */
  readonly next: string
  /** How many rows may come, where a page counts as one at least: any server should need at most one page for each id. */
  readonly most: number
  /** Whether all that came was asked for. */
  readonly isExact: boolean
  /** How many rows came so far, and how many there are, as upstream states. */
  readonly came: number
  readonly total?: number | undefined
}

const begin = (ids: readonly string[]): Omit<Progress, 'next'> & { next?: undefined } => ({
  ...{ most: ids.length, isExact: true, came: 0 },
})

/** Searches for ids, page by page; in halves if they are too large together. */
const searchByIds =
  (upstream: LentUpstream, type: string, ids: readonly string[], progress?: Progress): Ask =>
  async () => {
    const { next, most, isExact: wasExact, came: cameBefore, ...known } = progress ?? begin(ids)
    try {
      const parameters = new URLSearchParams({ _id: ids.join(), _count: String(TOGETHER) })
      const page = await (next === undefined ? upstream.search(type, parameters) : upstream.follow(next))
      const rows = page.resources.filter((each) => each.type === type && !each.included)
      // A server that says something may not have searched for all of them, and one that brings others did not search for them.
      const isExact = wasExact && !page.hasRemark && rows.every(({ id }) => ids.includes(id))
      const { resources } = page
      const came = cameBefore + rows.length
      const total = page.total ?? known.total
      if (page.next === undefined)
        return { resources, page, open: isExact && (total ?? 0) <= came ? [] : ids }
      const left = most - Math.max(1, rows.length)
      if (left <= 0) return { resources, page, open: ids }
      return {
        resources,
        page,
        rest: [searchByIds(upstream, type, ids, { next: page.next, most: left, isExact, came, total })],
      }
    } catch (error) {
      if (!isUpstreamLarge(error) || ids.length === 1) throw error
      const halves = chunks(ids, Math.ceil(ids.length / 2))
      return { resources: [], rest: halves.map((half) => searchByIds(upstream, type, half)) }
    }
  }

export const chunks = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
