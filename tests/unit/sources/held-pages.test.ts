import { expect, test } from 'vitest'
import { upstreamBusy } from '../../../server/fhir-error.ts'
import type { UpstreamPage } from '../../../server/sources/transport/upstream.ts'
import { readByIds } from '../../../server/sources/upstream/read-by-ids.ts'
import type { LentUpstream } from '../../../server/sources/upstream/shared-upstream.ts'
import { budgetOf, walk } from '../../../server/sources/upstream/walk.ts'

const rowsOf = (type: string, ids: readonly string[]) =>
  ids.map((id) => ({ type, id, lastUpdated: 0, json: '{}', resource: { resourceType: type, id } }))

/** Counts the pages that are held. Each type has one page of two rows, with another page behind it. */
const countingUpstream = (isFull: (isAhead: boolean) => boolean = () => false) => {
  const held = new Set<object>()
  let most = 0
  const give = (page: UpstreamPage, isAhead = false): UpstreamPage => {
    if (isFull(isAhead)) throw upstreamBusy()
    held.add(page)
    most = Math.max(most, held.size)
    return page
  }
  const upstream: LentUpstream = {
    read: async () => undefined,
    prepare: async () => {},
    search: async (type, parameters, isAhead) =>
      give(
        {
          resources: rowsOf(type, parameters.get('_id')?.split(',') ?? ['1', '2']),
          ...(!parameters.has('_id') && { next: `${type}?page=2` }),
        },
        isAhead,
      ),
    follow: async (next, isAhead) => give({ resources: rowsOf(next.split('?')[0] ?? '', ['3']) }, isAhead),
    letGo: (page) => void held.delete(page),
    health: async () => 'working',
    offer: async () =>
      new Map([
        [
          'Condition',
          { read: true, search: true, parameters: new Set(['_id']), includes: new Set<string>() },
        ],
      ]),
  }
  return { upstream, most: () => most, held }
}

const TYPES = ['AllergyIntolerance', 'Condition', 'Goal', 'Procedure']

const readAll = async (upstream: LentUpstream, ahead: number): Promise<string[]> => {
  const rows = walk({
    ...{ upstream, ahead, count: 2, budget: budgetOf(60), accepts: () => true, report: () => {} },
    streams: TYPES.map((type) => ({ type, label: type, parameters: [] })),
  })
  const found: string[] = []
  for (let row = await rows.next(); row; row = await rows.next()) found.push(`${row.type}/${row.id}`)
  return found
}
const ALL = TYPES.flatMap((type) => [1, 2, 3].map((id) => `${type}/${id}`))

test('a walk lets each page go when it has read it', async () => {
  const { upstream, most, held } = countingUpstream()
  expect(await readAll(upstream, 0)).toEqual(ALL)
  expect([most(), held.size]).toEqual([1, 0])
})

test('what does not fit when it is read ahead is read when it is needed', async () => {
  const { upstream, most } = countingUpstream((isAhead) => isAhead)
  expect(await readAll(upstream, 2)).toEqual(ALL)
  expect(most()).toBe(1)
})

test('what is needed and does not fit is refused', async () => {
  const { upstream } = countingUpstream(() => true)
  await expect(readAll(upstream, 2)).rejects.toMatchObject({ code: 'upstream_busy' })
})

test('answers to look-ups are let go when their rows have been handed over', async () => {
  const { upstream, held } = countingUpstream()
  const ids = Array.from({ length: 500 }, (_, at) => `c${at}`)
  const found: string[] = []
  await readByIds(upstream, 'Condition', ids, ({ id }) => void found.push(id))
  expect([found.length, held.size]).toEqual([500, 0])
})
