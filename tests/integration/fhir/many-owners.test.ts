import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Reach } from '../../../server/fhir/access.ts'
import type { ConcernedPatients } from '../../../server/fhir/disclosure.ts'
import { embeddedSource } from '../../../server/fhir/search/embedded-source.ts'
import { parseQuery } from '../../../server/query/parse-query.ts'
import type { Store } from '../../../server/store/store.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

/** As many as are read with the row, one more, and many more. */
const SIZES = [8, 9, 40]
const membersOf = (size: number) => Array.from({ length: size }, (_, at) => `p${size}-${at}`)
const sorted = (ids: readonly string[] | undefined) => [...(ids ?? [])].sort()

describe.each(engines)('F62 an observation by many patients, on %s', (engine) => {
  let database: TestDatabase
  let store: Store
  beforeAll(async () => {
    database = await createDatabase(engine)
    store = await database.open()
    await store.write(async (trx) => {
      for (const size of SIZES) {
        const members = membersOf(size)
        for (const id of members) await putResource(trx, { resourceType: 'Patient', id }, 0)
        await putResource(trx, observation(size, members), 0)
      }
    })
  })
  afterAll(async () => {
    await store.close()
    await database.close()
  })

  describe.each([
    ['everybody', (): Reach => [{}]],
    ['one of them', (size: number): Reach => [{ compartment: `p${size}-0` }]],
  ])('to somebody who reaches %s', (_whom, reachIn) => {
    it.each(SIZES)('a read concerns all %d, and all are its owners', async (size) => {
      const trail = { concerned: [] as ConcernedPatients[] }
      const disclosure = await embeddedSource(store.db).read('Observation', `by-${size}`, reachIn(size))
      disclosure.openFor(trail)
      expect(sorted(trail.concerned[0]?.patients)).toEqual(sorted(membersOf(size)))
      expect(sorted(trail.concerned[0]?.owners)).toEqual(sorted(membersOf(size)))
    })

    it.each(SIZES)('a search that finds it concerns all %d', async (size) => {
      const trail = { concerned: [] as ConcernedPatients[] }
      const query = parseQuery('Observation', new URLSearchParams(`_id=by-${size}`), {
        base: 'http://x/fhir',
        strict: true,
      })
      const disclosure = await embeddedSource(store.db).search(query, reachIn(size))
      disclosure.openFor(trail)
      expect(sorted(trail.concerned[0]?.patients)).toEqual(sorted(membersOf(size)))
    })
  })
})

const observation = (size: number, members: readonly string[]) => ({
  resourceType: 'Observation',
  id: `by-${size}`,
  status: 'final',
  code: { text: 'Group session' },
  performer: members.map((id) => ({ reference: `Patient/${id}` })),
})
