import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { reference } from '../../fixtures/canary.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { engines } from '../../fixtures/store.ts'
import { crossLinkedRecords } from './cross-linked-records.ts'
import {
  type Answer,
  BASE,
  type GuardedServer,
  nextOf,
  requireNext,
  START,
  startGuarded,
  type TokenName,
} from './guarded-server.ts'

const records = [
  ...crossLinkedRecords,
  {
    resourceType: 'Encounter',
    id: 'a-enc',
    status: 'finished',
    class: { code: 'AMB' },
    subject: reference('Patient/pa'),
    serviceProvider: reference('Organization/org'),
    reasonCode: [{ text: 'a text with "reference":"Practitioner/pr2" in it' }],
  },
  { resourceType: 'Practitioner', id: 'pr1' },
  { resourceType: 'Practitioner', id: 'pr2' },
]

const OWN = [
  'Condition/a-con',
  'DiagnosticReport/a-dr1',
  'Encounter/a-enc',
  'Observation/a-obs-dev',
  'Observation/a-obs1',
  'Observation/a-obs2',
  'Patient/pa',
]
const NAMED = ['Organization/org', 'Practitioner/pr1']

describe.each(engines)('on %s', (engine) => {
  let server: GuardedServer
  beforeAll(async () => {
    server = await startGuarded(records, engine)
  })
  afterAll(() => server.close())
  beforeEach(() => server.entries())

  const idsOf = ({ json }: Answer, mode: string): string[] =>
    (json.entry ?? [])
      .filter(({ search }: { search: { mode: string } }) => search.mode === mode)
      .map(({ fullUrl }: { fullUrl: string }) => fullUrl.slice(BASE.length + 1))
      .sort()
  const everything = async (path = 'pa/$everything', token: TokenName = 'TA'): Promise<Answer> => {
    const answer = await server.get(`Patient/${path}`, token)
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({ resourceType: 'Bundle', type: 'searchset' })
    return answer
  }
  const noteOf = ({ json }: Answer) =>
    json.entry.find(({ search }: { search: { mode: string } }) => search.mode === 'outcome')?.resource
      .issue[0]

  test('shows the compartment, and the shared resources it names', async () => {
    const answer = await everything()
    expect(idsOf(answer, 'match')).toEqual(OWN)
    expect(idsOf(answer, 'include')).toEqual(NAMED)
    expect(noteOf(answer)).toBeUndefined()
    expect(answer.text.replaceAll(/"reference":"[^"]+"/g, '')).not.toMatch(/"b-|ZZCANARYB/)
  })

  test('shows a clinician the same for any patient, and is logged for that patient', async () => {
    expect(idsOf(await everything('pa/$everything', 'TC'), 'match')).toEqual(OWN)
    expect(await server.entries()).toMatchObject([
      { patient: 'pa', subtype: 'search', query: 'Patient/pa/$everything' },
    ])
    expect(idsOf(await everything('pb/%24everything', 'TC'), 'match')).toContain('Observation/b-obs1')
    expect(await server.entries()).toMatchObject([{ patient: 'pb', agent: 'Practitioner/pr1', outcome: '0' }])
  })

  test('B15 of another patient is answered as if the patient did not exist', async () => {
    const foreign = await server.get('Patient/pb/$everything', 'TA')
    const missing = await server.get('Patient/none/$everything', 'TA')
    expect(foreign.status).toBe(404)
    expect(foreign.text).toBe(missing.text)
    expect(await server.entries()).toMatchObject([
      { outcome: '4', patient: 'pa' },
      { outcome: '4', patient: 'pa' },
    ])
  })

  describe('each type by its own scope', () => {
    test('types without a scope are left out and named', async () => {
      const answer = await everything('pa/$everything', 'TAsome')
      expect(idsOf(answer, 'match')).toEqual(['Observation/a-obs1', 'Patient/pa'])
      expect(idsOf(answer, 'include')).toEqual([])
      expect(noteOf(answer)).toMatchObject({ severity: 'warning', code: 'suppressed' })
      expect(noteOf(answer).diagnostics).toMatch(/Condition.*Practitioner/)
      expect(noteOf(answer).diagnostics).not.toMatch(/Observation|Patient/)
    })

    test('a type that is written a hundred times is one type', async () => {
      const types = Array.from({ length: 100 }, () => 'Condition,Observation').join()
      const answer = await everything(`pa/$everything?_type=${types}`, 'TAsome')
      expect(idsOf(answer, 'match')).toEqual(['Observation/a-obs1'])
      expect(noteOf(answer).diagnostics.match(/Condition/g)).toHaveLength(1)
    })

    test('without a scope for Patient it is refused', async () => {
      expect((await server.get('Patient/pa/$everything', 'TAobs')).status).toBe(403)
      expect((await server.get('Patient/pa/$everything', 'TAnone')).status).toBe(403)
      expect((await server.get('Patient/pa/$everything', 'TADM')).status).toBe(403)
      expect((await server.get('Patient/pa/$everything')).status).toBe(401)
    })

    test('a scope that only reads is not enough', async () => {
      expect(idsOf(await everything('pa/$everything', 'TAread'), 'match')).toEqual(['Patient/pa'])
    })
  })

  describe('pages', () => {
    test('show every resource once, each page with the resources it names', async () => {
      const seenIds: string[] = []
      let next: string | undefined = 'Patient/pa/$everything?_count=2'
      let pages = 0
      while (next !== undefined) {
        const answer: Answer = await server.get(next, 'TA')
        expect(answer.status).toBe(200)
        seenIds.push(...idsOf(answer, 'match'))
        if (idsOf(answer, 'match').includes('Encounter/a-enc'))
          expect(idsOf(answer, 'include')).toContain('Organization/org')
        next = nextOf(answer)
        pages++
      }
      expect(seenIds.sort()).toEqual(OWN)
      expect(pages).toBe(4)
    })

    test('work for no other holder, no other patient, and no search', async () => {
      const next = requireNext(await everything('pa/$everything?_count=2'))
      expect((await server.get(next, 'TC')).status).toBe(403)
      const page = next.slice(next.indexOf('_page='))
      const clinicians = requireNext(await everything('pa/$everything?_count=2', 'TC'))
      expect((await server.get(clinicians.replace('/pa/', '/pb/'), 'TC')).status).toBe(400)
      expect((await server.get(`Patient?${page}`, 'TA')).status).toBe(400)
      expect((await server.get(`${next}&_type=Observation`, 'TA')).status).toBe(400)
    })
  })

  test('_type and _since limit it', async () => {
    const some = await everything('pa/$everything?_type=Observation,Practitioner')
    expect(idsOf(some, 'match')).toEqual([
      'Observation/a-obs-dev',
      'Observation/a-obs1',
      'Observation/a-obs2',
    ])
    expect(idsOf(some, 'include')).toEqual(['Practitioner/pr1'])
    expect(some.json.link[0].url).toBe(`${BASE}/Patient/pa/$everything?_type=Observation%2CPractitioner`)
    await server.store.write((trx) =>
      putResource(
        trx,
        { resourceType: 'Goal', id: 'a-goal', subject: reference('Patient/pa') },
        START + 60_000,
      ),
    )
    expect(idsOf(await everything('pa/$everything?_since=2026-01-01T00:00:30Z'), 'match')).toEqual([
      'Goal/a-goal',
    ])
    expect(idsOf(await everything('pa/$everything?_since=2026-01-02'), 'match')).toEqual([])
    await server.store.write((trx) => trx.deleteFrom('compartment').where('type', '=', 'Goal').execute())
  })

  test.each([
    ['_type=Nothing', 400],
    ['_type=AuditEvent', 400],
    ['_since=yesterday', 400],
    ['_count=x', 400],
    ['_count=1&_count=2', 400],
    ['start=2020-01-01', 400],
    ['_elements=id', 400],
    ['_page=x', 400],
    ['patient=pb', 400],
    ['access_token=x', 400],
  ])('with %s it is refused', async (query, status) => {
    const answer = await server.get(`Patient/pa/$everything?${query}`, 'TC')
    expect(answer.status).toBe(status)
    expect(answer.json.resourceType).toBe('OperationOutcome')
    // If the patient was found first, the refusal would say something about a patient.
    const patient = query.startsWith('access_token') ? null : 'pa'
    expect(await server.entries()).toMatchObject([{ outcome: '4', patient }])
  })

  test('with another method, on another type, or in a batch it is refused', async () => {
    for (const method of ['POST', 'PUT', 'DELETE'] as const) {
      const answer = await server.get('Patient/pa/$everything', 'TA', { method })
      expect(answer.status).toBe(405)
      expect(answer.headers.allow).toBe('GET, HEAD')
    }
    for (const path of ['Patient/$everything', 'Encounter/a-enc/$everything'])
      expect((await server.get(path, 'TA')).json.issue[0]).toMatchObject({ code: 'not-supported' })
    expect((await server.get('Patient/pa/$everything/x', 'TA')).status).toBe(404)
    const { json } = await server.get('', 'TA', {
      method: 'POST',
      payload: JSON.stringify({
        resourceType: 'Bundle',
        type: 'batch',
        entry: [{ request: { method: 'GET', url: 'Patient/pa/$everything' } }],
      }),
      headers: { 'content-type': 'application/fhir+json' },
    })
    expect(json.entry[0].response.status).toBe('400 Bad Request')
  })
})
