import { describe, expect, it } from 'vitest'
import type { ConcernedPatients } from '../../../server/fhir/access/disclosure.ts'
import { embeddedSource } from '../../../server/fhir/embedded-source.ts'
import { parseQuery } from '../../../server/query/parse-query.ts'
import { reference } from '../../fixtures/canary.ts'
import { useFilledStore } from '../../fixtures/filled-store.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { engines } from '../../fixtures/store.ts'

const coverage = (id: string, payor: string) => ({
  ...{ resourceType: 'Coverage', id, status: 'active' },
  beneficiary: reference('Patient/pa'),
  payor: [reference(payor)],
})
const provenance = (id: string, recorded: string, ...targets: string[]) => ({
  ...{ resourceType: 'Provenance', id, recorded: `${recorded}-01-01T00:00:00Z` },
  target: targets.map(reference),
})
const observation = (id: string, code: string, ...performers: string[]) => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { coding: [{ code }] } },
  subject: reference('Patient/pa'),
  effectiveDateTime: `2026-01-0${id}`,
  performer: performers.map(reference),
})
const manyPayers = Array.from({ length: 101 }, (_, at) => `Patient/p${at}`)

/** pa's record, which shares resources with others' records and mentions resources of a third. */
const resources = [
  ...['pa', 'pb', 'pc'].map((id) => ({ resourceType: 'Patient', id })),
  { ...{ resourceType: 'Condition', id: 'pc-con' }, subject: reference('Patient/pc') },
  coverage('own', 'Patient/pa'),
  coverage('paid', 'Patient/pb'),
  provenance('mentions', '2001', 'Patient/pa', 'Condition/pc-con'),
  provenance('shared', '2002', 'Patient/pa', 'Patient/pb'),
  provenance('shared-mentions', '2003', 'Patient/pa', 'Patient/pb', 'Condition/pc-con'),
  observation('1', 'some'),
  observation('2', 'some'),
  observation('3', 'some', 'Patient/pb'),
  observation('4', 'some', 'Patient/pc'),
  observation('5', 'crowd', ...manyPayers),
]

describe.each(engines)('F62 a count inside one record, on %s', (engine) => {
  const storeOf = useFilledStore(engine, async (trx) => {
    for (const resource of resources) await putResource(trx, resource, 0)
  })

  /** As pa. */
  const search = async (type: string, text: string) => {
    const trail = { concerned: [] as ConcernedPatients[] }
    const query = parseQuery(type, new URLSearchParams(text), { base: 'http://x/fhir', strict: true })
    const disclosure = await embeddedSource(storeOf().db).search(query, [{ compartment: 'pa' }])
    const open = () => disclosure.openFor(trail)
    return { open, patients: () => trail.concerned[0]?.patients.toSorted() }
  }
  const patientsOf = async (type: string, text: string) => {
    const { open, patients } = await search(type, text)
    const { total } = open()
    return { total, patients: patients() }
  }

  it.each([
    ['Coverage', '', ['pa', 'pb']],
    ['Coverage', 'payor=Patient/pa', ['pa']],
    ['Coverage', 'status=cancelled', ['pa']],
    ['Coverage', '_id=paid', ['pa', 'pb']],
    ['Provenance', 'recorded=2001', ['pa']],
    ['Provenance', 'recorded=2002', ['pa', 'pb']],
    ['Provenance', 'recorded=lt2003', ['pa', 'pb']],
    ['Provenance', 'recorded=2003', ['pa', 'pb', 'pc']],
    ['Observation', 'code=some', ['pa', 'pb', 'pc']],
  ])('of %s?%s concerns the patients of what is shown: %j', async (type, text, patients) => {
    const shown = await patientsOf(type, text)
    expect(shown.patients).toEqual(patients)
    for (const counting of ['_summary=count', '_count=0', '_count=1&_total=accurate'])
      expect(await patientsOf(type, `${text}&${counting}`), counting).toEqual(shown)
  })

  it.each(['', '&_sort=date'])('that nobody asked for tells nobody beyond the page, %j', async (sort) => {
    const { total, patients } = await patientsOf('Observation', `code=some&_count=1${sort}`)
    // The count would tell of two others; one of them is why there is none.
    expect(total).toBeUndefined()
    expect(patients).toHaveLength(2)
    expect(await patientsOf('Observation', `code=some&_count=2${sort}`)).toMatchObject({
      total: undefined,
      patients: ['pa', 'pb', 'pc'],
    })
  })

  it('that nobody asked for tells nobody whom a resource beyond the page mentions', async () => {
    const { total, patients } = await patientsOf('Provenance', '_count=1')
    expect(total).toBeUndefined()
    expect(patients).toEqual(['pa', 'pb', 'pc'])
  })

  it('of more than 100 patients is refused', async () => {
    const { open } = await search('Observation', 'code=crowd&_summary=count')
    expect(open).toThrow(expect.objectContaining({ status: 403 }))
  })
})
