import { isUpstreamLarge } from '../../fhir-error.ts'
import { ID } from '../../query/reference.ts'
import { type Row, rowOf } from './row.ts'
import type { Upstream, UpstreamResource } from './upstream.ts'

/** The most ids that one search asks for. */
const TOGETHER = 50
/** The most requests at the same time. */
const AT_ONCE = 4

/** Reads resources by their ids, in any order; leaves out those that do not exist. Access to them is not decided yet. */
export const readByIds = async (upstream: Upstream, type: string, ids: readonly string[]): Promise<Row[]> => {
  const offerOfType = (await upstream.offer()).get(type)
  const isSearch = offerOfType?.search && offerOfType.parameters.has('_id')
  if (!isSearch && !offerOfType?.read) return []
  const wantedIds = new Set(ids.filter((id) => ID.test(id)))
  const work = isSearch
    ? chunks([...wantedIds], TOGETHER).map((some) => () => searchByIds(upstream, type, some))
    : [...wantedIds].map((id) => async () => {
        const resource = await upstream.read(type, id)
        return resource && resource !== 'gone' ? [resource] : []
      })
  const rows = new Map<string, Row>()
  for (const group of chunks(work, AT_ONCE))
    for (const resource of (await Promise.all(group.map((ask) => ask()))).flat())
      if (resource.type === type && wantedIds.has(resource.id)) rows.set(resource.id, rowOf(resource))
  return [...rows.values()]
}

/** Reads them in halves where they are too large together. */
const searchByIds = async (
  upstream: Upstream,
  type: string,
  ids: readonly string[],
): Promise<UpstreamResource[]> => {
  try {
    return await searchTogether(upstream, type, ids)
  } catch (error) {
    if (!isUpstreamLarge(error) || ids.length === 1) throw error
    const halves = chunks(ids, Math.ceil(ids.length / 2))
    return (await Promise.all(halves.map((half) => searchByIds(upstream, type, half)))).flat()
  }
}

const searchTogether = async (
  upstream: Upstream,
  type: string,
  ids: readonly string[],
): Promise<UpstreamResource[]> => {
  const first = await upstream.search(
    type,
    new URLSearchParams({ _id: ids.join(), _count: String(TOGETHER) }),
  )
  const resources = [...first.resources]
  // Any server should need at most one page for each id.
  for (
    let { next } = first, pages = 1;
    next !== undefined && resources.length < ids.length && pages < ids.length;
    pages++
  ) {
    const page = await upstream.follow(next)
    resources.push(...page.resources)
    next = page.next
  }
  return resources
}

export const chunks = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
