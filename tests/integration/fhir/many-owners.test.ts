import { describe, expect, it } from 'vitest'
import type { Reach } from '../../../server/fhir/access/decide-access.ts'
import type { ConcernedPatients } from '../../../server/fhir/access/disclosure.ts'
import { embeddedSource } from '../../../server/fhir/embedded-source.ts'
import { parseQuery } from '../../../server/query/parse-query.ts'
import { useFilledStore } from '../../fixtures/filled-store.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { engines } from '../../fixtures/store.ts'

/** As many as are read with the row, one more, and many more. */
const SIZES = [8, 9, 40]
const membersOf = (size: number) => Array.from({ length: size }, (_, at) => `p${size}-${at}`)
/** Each size has a year of its own, so that a search for that year names nobody. */
const yearOf = (size: number) => 2000 + size
const sorted = (ids: readonly string[] | undefined) => [...(ids ?? [])].sort()

describe.each(engines)('F62 an observation by many patients, on %s', (engine) => {
  const storeOf = useFilledStore(engine, async (trx) => {
    for (const size of SIZES) {
      const members = membersOf(size)
      for (const id of members) await putResource(trx, { resourceType: 'Patient', id }, 0)
      await putResource(trx, observation(size, members), 0)
    }
  })

  describe.each([
    ['everybody', (): Reach => [{}]],
    ['one of them', (size: number): Reach => [{ compartment: `p${size}-0` }]],
  ])('to somebody who reaches %s', (_whom, reachIn) => {
    it.each(SIZES)('a read concerns all %d, and all are its owners', async (size) => {
      const trail = { concerned: [] as ConcernedPatients[] }
      const disclosure = await embeddedSource(storeOf().db).read('Observation', `by-${size}`, reachIn(size))
      disclosure.openFor(trail)
      expect(sorted(trail.concerned[0]?.patients)).toEqual(sorted(membersOf(size)))
      expect(sorted(trail.concerned[0]?.owners)).toEqual(sorted(membersOf(size)))
    })

    it.each(SIZES)('a search that finds it concerns all %d', async (size) => {
      const trail = { concerned: [] as ConcernedPatients[] }
      const query = parseQuery('Observation', new URLSearchParams(`date=${yearOf(size)}`), {
        base: 'http://x/fhir',
        strict: true,
      })
      const disclosure = await embeddedSource(storeOf().db).search(query, reachIn(size))
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
  effectiveDateTime: String(yearOf(size)),
  performer: members.map((id) => ({ reference: `Patient/${id}` })),
})
