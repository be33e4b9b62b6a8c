import { describe, expect, it } from 'vitest'
import type { ConcernedPatients } from '../../../server/fhir/access/disclosure.ts'
import { embeddedSource } from '../../../server/fhir/embedded-source.ts'
import { parseQuery } from '../../../server/query/parse-query.ts'
import { useFilledStore } from '../../fixtures/filled-store.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { engines } from '../../fixtures/store.ts'

/** Numbers of patients: one, as many as are listed with a page, one more, and many more. */
const SIZES = [1, 8, 9, 40]
const EACH = 3
const patientsOf = (size: number) => Array.from({ length: size }, (_, at) => `p${size}-${at}`)

describe.each(engines)('F62 a sorted page that counts all matches, on %s', (engine) => {
  const storeOf = useFilledStore(engine, async (trx) => {
    for (const size of SIZES)
      for (const patient of patientsOf(size))
        for (let day = 1; day <= EACH; day++) await putResource(trx, observation(size, patient, day), 0)
  })

  /** As a clinician, one resource a page. */
  const search = async (size: number, more = '') => {
    const trail = { concerned: [] as ConcernedPatients[] }
    const text = `performer=Practitioner/of-${size}&_sort=date&_count=1${more}`
    const query = parseQuery('Observation', new URLSearchParams(text), {
      base: 'http://x/fhir',
      strict: true,
    })
    const page = (await embeddedSource(storeOf().db).search(query, [{}])).openFor(trail)
    return { total: page.total, resources: page.resources, patients: trail.concerned[0]?.patients }
  }

  it('counts the matches of a patient who is on the page', async () => {
    expect(await search(1)).toMatchObject({
      total: EACH,
      patients: ['p1-0'],
      resources: [{ id: '1-p1-0-1' }],
    })
  })

  it.each(SIZES.slice(1))('of %d patients, gives no total that nobody asked for', async (size) => {
    const { total, patients } = await search(size)
    expect(total).toBeUndefined()
    // Those of the page and of the row after it, and one more, because of whom there is no total.
    expect(new Set(patients).size).toBe(3)
  })

  it.each(SIZES)('of %d patients, concerns all of them if a total was asked for', async (size) => {
    const { total, patients } = await search(size, '&_total=accurate')
    expect(total).toBe(size * EACH)
    expect([...(patients ?? [])].sort()).toEqual(patientsOf(size).sort())
  })

  it('counts nothing if that was asked for', async () => {
    expect(await search(8, '&_total=none')).toHaveProperty('total', undefined)
  })
})

/** On its first day, everybody has a reading before anybody has a second one. */
const observation = (size: number, patient: string, day: number) => ({
  resourceType: 'Observation',
  id: `${size}-${patient}-${day}`,
  status: 'final',
  code: { text: 'Reading' },
  subject: { reference: `Patient/${patient}` },
  performer: [{ reference: `Practitioner/of-${size}` }],
  effectiveDateTime: `2026-01-0${day}`,
})
