import { expect, test } from 'vitest'
import { upstreamLarge } from '../../../server/fhir-error.ts'
import { readByIds } from '../../../server/sources/upstream/read-by-ids.ts'
import type { LentUpstream } from '../../../server/sources/upstream/shared-upstream.ts'

/** Answers no search whose Observations are too large together. */
const upstreamThatTakes = (isTooLarge: (ids: readonly string[]) => boolean): LentUpstream => ({
  read: async () => undefined,
  prepare: async () => {},
  search: async (type, parameters) => {
    const ids = parameters.get('_id')?.split(',') ?? []
    if (isTooLarge(ids)) throw upstreamLarge()
    return {
      resources: ids.map((id) => ({
        ...{ type, id, lastUpdated: 0, json: '{}' },
        resource: { resourceType: type, id },
      })),
    }
  },
  follow: async () => ({ resources: [] }),
  letGo: () => {},
  health: async () => 'working',
  offer: async () =>
    new Map([
      [
        'Observation',
        { read: true, search: true, parameters: new Set(['_id']), includes: new Set<string>() },
      ],
    ]),
})

const IDS = Array.from({ length: 60 }, (_, at) => `o${at}`)

test('resources that are too large together are read in halves', async () => {
  const upstream = upstreamThatTakes((ids) => ids.length > 9)
  const read: string[] = []
  await readByIds(upstream, 'Observation', IDS, ({ id }) => void read.push(id))
  expect(read.sort()).toEqual(IDS.toSorted())
})

test('a resource that is too large by itself is refused', async () => {
  const upstream = upstreamThatTakes((ids) => ids.includes('o7'))
  await expect(readByIds(upstream, 'Observation', IDS, () => {})).rejects.toMatchObject({
    code: 'upstream_large',
  })
})
