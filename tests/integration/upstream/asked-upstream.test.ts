import { describe, expect, test } from 'vitest'
import { startMedplum } from '../../fakes/medplum-upstream.ts'
import { reference } from '../../fixtures/canary.ts'
import { crossLinkedRecords } from '../fhir/cross-linked-records.ts'
import { startGateway } from './gateway.ts'
import { idsIn, useTwistedUpstream } from './twisted-upstream.ts'

const front = useTwistedUpstream()

describe('what is asked upstream (G07, G08, G10)', () => {
  test.each([
    'Patient/pb',
    'Patient/none',
    'Patient/pa%2f..%2fpb',
    'Patient/pa;pb',
    'Observation?_content=x',
    'Observation?_filter=x',
    'Observation?_query=x',
    'Observation?subject:Patient.name=x',
    'Observation/_history',
    '$graphql',
    'Patient/$export',
    'Patient/pa/Observation',
    'Appointment',
  ])('nothing is, for %s', async (path) => {
    const { status } = await front.gateway.get(path, 'TA')
    expect(status).toBeGreaterThanOrEqual(400)
    expect(front.upstream.requests()).toEqual([])
  })

  test("another's resource is, by one request, with the same answer as for one that does not exist", async () => {
    const foreign = await front.gateway.get('Observation/b-obs1', 'TA')
    const [request] = [front.upstream.requests()]
    const missing = await front.gateway.get('Observation/no-such', 'TA')
    expect(request).toEqual(['GET /Observation/b-obs1'])
    expect(front.upstream.requests()).toEqual(['GET /Observation/no-such'])
    expect([foreign.status, foreign.text]).toEqual([missing.status, missing.text])
  })

  test("a patient's search is, always with the patient", async () => {
    await front.gateway.get('Observation?code=29463-7&_count=200', 'TA')
    for (const request of front.upstream.requests())
      expect(decodeURIComponent(request)).toMatch(
        /(patient|performer)=Patient\/pa&|(patient|performer)=Patient\/pa$/,
      )
  })

  test('a search for an impossible id or reference is not', async () => {
    for (const search of ['Observation?_id=a/b', 'Observation?subject=https://elsewhere.example/Patient/pa'])
      expect((await front.gateway.get(search, 'TA')).json.total).toBe(0)
    expect(front.upstream.requests()).toEqual([])
  })

  test('if a search names resources by something else than ids, only their ids are', async () => {
    const server = await startMedplum(crossLinkedRecords, {
      offers: (_type, parameter) => parameter !== '_id',
    })
    const open = await startGateway(server.base)
    await open.get('Observation', 'TC')
    server.requests()
    const names = ['b-obs1/../../Patient/pb', 'x?_count=1', '..', '%2e%2e', 'a b'].map(encodeURIComponent)
    for (const name of names)
      for (const search of [`Observation?_id=${name}`, `Encounter?_id=${name}&status=none`])
        expect(idsIn(await open.get(search, 'TC')), search).toEqual([])
    // Two dots are an id by its grammar, so they are searched for; nothing is read by its address.
    for (const request of server.requests())
      expect(request).toMatch(
        /^POST \/(Observation|Encounter)\/_search _count=21(&status=none)?&_total=none$/,
      )
    await open.close()
    await server.close()
  })

  test('a batch and a whole record, by a bounded number of requests', async () => {
    const entry = Array.from({ length: 50 }, (_, at) => ({
      request: { method: 'GET', url: at === 0 ? 'Observation/a-obs1' : 'Observation/b-obs1' },
    }))
    const { json } = await front.gateway.get('', 'TA', {
      method: 'POST',
      url: '/fhir',
      headers: { 'content-type': 'application/fhir+json' },
      payload: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }),
    })
    const statuses = json.entry.map(({ response }: { response: { status: string } }) =>
      response.status.slice(0, 3),
    )
    expect(statuses).toEqual(['200', ...Array(49).fill('404')])
    expect(front.upstream.requests()).toHaveLength(50)
    await front.gateway.get('Patient/pa/$everything', 'TA')
    expect(front.upstream.requests().length).toBeLessThan(60)
  })
})

describe('checklist G5 a type or parameter that upstream does not offer (G15)', () => {
  const offers = (type: string, parameter?: string) =>
    type !== 'Goal' &&
    parameter !== 'code' &&
    !(type === 'Procedure' && ['patient', 'subject', 'performer'].includes(parameter ?? ''))

  test('is not in the CapabilityStatement, finds nothing, and is refused if the search could not be limited to the patient', async () => {
    const procedure = {
      resourceType: 'Procedure',
      id: 'a-proc',
      status: 'completed',
      subject: reference('Patient/pa'),
    }
    const server = await startMedplum([...crossLinkedRecords, procedure], { offers })
    const open = await startGateway(server.base)
    const statement = (await open.get('metadata')).json.rest[0]
    const resource = (type: string) => statement.resource.find((each: { type: string }) => each.type === type)
    expect(resource('Goal')).toBeUndefined()
    expect(resource('AuditEvent').interaction).toEqual([{ code: 'read' }, { code: 'search-type' }])
    expect(resource('Observation').interaction).toEqual([{ code: 'read' }, { code: 'search-type' }])
    expect(resource('Observation').searchParam.map(({ name }: { name: string }) => name)).not.toContain(
      'code',
    )
    expect((await open.get('Goal', 'TA')).status).toBe(404)
    expect((await open.get('Goal/1', 'TA')).status).toBe(404)
    server.requests()
    const answer = await open.get('Procedure', 'TA')
    expect(answer.status).toBe(400)
    expect(answer.json.issue[0].diagnostics).toContain('Procedure')
    expect(server.requests()).toEqual([])
    expect((await open.get('Procedure', 'TC')).status).toBe(200)
    expect((await open.get('Procedure/a-proc', 'TA')).status).toBe(200)
    // A parameter that upstream lacks is decided here.
    expect((await open.get('Observation?code=none', 'TA')).json.total).toBe(0)
    expect((await open.get('Observation?code=29463-7', 'TA')).json.total).toBe(3)
    await open.close()
    await server.close()
  })

  test('while upstream is away, the CapabilityStatement lists only the access log', async () => {
    const server = await startMedplum([])
    const { base } = server
    await server.close()
    const open = await startGateway(base)
    const { resource } = (await open.get('metadata')).json.rest[0]
    expect(resource.map(({ type }: { type: string }) => type)).toEqual(['AuditEvent'])
    expect((await open.get('Observation', 'TA')).status).toBe(503)
    expect((await open.get('AuditEvent', 'TA')).status).toBe(200)
    await open.close()
  })
})
