import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { STORED_TYPES } from '../../../server/query/parameters.ts'
import { engines } from '../../fixtures/store.ts'
import { crossLinkedRecords } from './cross-linked-records.ts'
import { type Answer, type GuardedServer, startGuarded } from './guarded-server.ts'

const LOINC = 'http://loinc.org'
const series = Array.from({ length: 5 }, (_, month) => ({
  resourceType: 'Observation',
  id: `a-height-${month}`,
  status: 'final',
  category: [
    {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }],
    },
  ],
  code: { coding: [{ system: LOINC, code: '8302-2' }] },
  subject: { reference: 'Patient/pa' },
  effectiveDateTime: `2025-0${month + 1}-15`,
}))

describe.each(engines)('the checklist of the FHIR API, on %s', (engine) => {
  let server: GuardedServer
  beforeAll(async () => {
    server = await startGuarded([...crossLinkedRecords, ...series], engine)
  })
  afterAll(() => server.close())

  const ids = ({ json }: Answer): string[] =>
    (json.entry ?? []).map((entry: { resource: { id: string } }) => entry.resource.id)

  test('M9 S30 a patient reaches only their own record, in every type and by every kind of request', async () => {
    const foreign = crossLinkedRecords
      .map((resource) => resource as { resourceType: string; id: string })
      .filter(({ id }) => id === 'pb' || id.startsWith('b-'))
    expect(foreign.length).toBeGreaterThan(5)
    const reads = [
      ...foreign.map(({ resourceType, id }) => `${resourceType}/${id}`),
      'Patient/pb/$everything',
    ]
    const searches = [
      ...foreign.map(({ resourceType, id }) => `${resourceType}?_id=${id}`),
      ...STORED_TYPES,
      'Observation?patient=pb',
      'DiagnosticReport?_id=a-dr1&_include=DiagnosticReport:result',
      'Patient?_id=pa&_revinclude=Observation:subject',
      'Patient/pa/$everything',
    ]
    for (const way of reads) {
      const answer = await server.get(way, 'TA')
      expect(answer.status, way).toBe(404)
      expect(answer.text, way).not.toContain('ZZCANARYB')
    }
    const foundIds = new Set<string>()
    for (const way of searches) {
      const answer = await server.get(way, 'TA')
      expect(answer.status, way).toBe(200)
      expect(answer.text, way).not.toContain('ZZCANARYB')
      for (const id of ids(answer)) {
        expect(id, way).not.toMatch(/^(b-|pb$)/)
        foundIds.add(id)
      }
    }
    expect([...foundIds]).toEqual(expect.arrayContaining(['pa', 'a-obs1', 'a-dr1', 'a-con', 'org']))
    // A clinician sees each of them, so it is the access check that hides them.
    for (const { resourceType, id } of foreign)
      expect((await server.get(`${resourceType}/${id}`, 'TC')).status, id).toBe(200)
  })

  test.each([
    ['name=maria', ['pa']],
    ['name:exact=Bert ZZCANARYB', ['pb']],
    ['name:exact=bert', []],
    ['given=bert', ['pb']],
    ['family=zzcanary', ['pa', 'pb']],
    ['gender=female', ['pa']],
    ['identifier=urn:mrn|A-1', ['pa']],
    ['birthdate=1980-01-15', ['pa']],
    ['family=zzcanary&gender=male', ['pb']],
  ])('S31 patients are found by %s', async (query, matches) => {
    expect(ids(await server.get(`Patient?${query}`, 'TC')).sort()).toEqual(matches)
  })

  test('S31 observations are found by category, code and date, sorted, and page by page', async () => {
    const query = `Observation?category=vital-signs&code=${LOINC}|8302-2&date=ge2025-02-01&_sort=-date&_count=3`
    const first = await server.get(query, 'TA')
    expect(ids(first)).toEqual(['a-height-4', 'a-height-3', 'a-height-2'])
    expect(first.json.total).toBe(4)
    const { url } = first.json.link.find(({ relation }: { relation: string }) => relation === 'next')
    const second = await server.get(url, 'TA')
    expect(ids(second)).toEqual(['a-height-1'])
    expect(second.json.link.map(({ relation }: { relation: string }) => relation)).toEqual(['self'])
  })
})
