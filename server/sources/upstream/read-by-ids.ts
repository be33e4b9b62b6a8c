import { isUpstreamLarge } from '../../fhir-error.ts'
import { ID } from '../../query/reference.ts'
import type { Upstream, UpstreamResource } from '../transport/upstream.ts'
import { type Row, rowOf } from './row.ts'

/** The most ids that one search asks for. */
const TOGETHER = 50
/** The most requests at the same time. */
const AT_ONCE = 4

/** Sends one request. @returns what arrived, and the requests for the rest. */
type Ask = () => Promise<{ resources: readonly UpstreamResource[]; rest?: readonly Ask[] }>

/**
 * Reads resources by their ids, in any order; leaves out those that do not exist. Access to them is not decided yet. An answer may be
 * as large as 10 MB, so none is kept: each row is handed over when its answer arrives.
 *
 * @param take gets each row once; returns true if no more rows are wanted, and then nothing more is asked for.
 * @returns whether `take` wanted no more.
 */
export const readByIds = async (
  upstream: Upstream,
  type: string,
  ids: readonly string[],
  // biome-ignore lint/suspicious/noConfusingVoidType: most callers want all rows.
  take: (row: Row) => boolean | void,
): Promise<boolean> => {
  const offerOfType = (await upstream.offer()).get(type)
  const isSearch = offerOfType?.search && offerOfType.parameters.has('_id')
  if (!isSearch && !offerOfType?.read) return false
  const missingIds = new Set(ids.filter((id) => ID.test(id)))
  const asks = isSearch
    ? chunks([...missingIds], TOGETHER).map((some) => searchByIds(upstream, type, some))
    : [...missingIds].map(
        (id): Ask =>
          async () => {
            const resource = await upstream.read(type, id)
            return { resources: resource && resource !== 'gone' ? [resource] : [] }
          },
      )
  let isOver = false
  let isEnough = false
  const work = async (): Promise<void> => {
    for (let ask = asks.shift(); ask && !isOver; ask = asks.shift()) {
      const { resources, rest = [] } = await ask()
      for (const resource of resources) {
        if (isOver) return
        if (resource.type !== type || !missingIds.delete(resource.id)) continue
        isOver = isEnough = take(rowOf(resource)) === true
      }
      asks.unshift(...rest)
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  } finally {
    isOver = true
  }
  return isEnough
}

/**
 * Searches for ids, page by page; in halves if they are too large together.
 *
 * @param next the page to read; the first if absent.
 * @param most how many rows may come, where a page counts as one at least: any server should need at most one page for each id.
 */
const searchByIds =
  (upstream: Upstream, type: string, ids: readonly string[], next?: string, most = ids.length): Ask =>
  async () => {
    try {
      const parameters = new URLSearchParams({ _id: ids.join(), _count: String(TOGETHER) })
      const page = await (next === undefined ? upstream.search(type, parameters) : upstream.follow(next))
      const left = most - Math.max(1, page.resources.length)
      const isLast = page.next === undefined || left <= 0
      return {
        resources: page.resources,
        rest: isLast ? [] : [searchByIds(upstream, type, ids, page.next, left)],
      }
    } catch (error) {
      if (!isUpstreamLarge(error) || ids.length === 1) throw error
      const halves = chunks(ids, Math.ceil(ids.length / 2))
      return { resources: [], rest: halves.map((half) => searchByIds(upstream, type, half)) }
    }
  }

export const chunks = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
