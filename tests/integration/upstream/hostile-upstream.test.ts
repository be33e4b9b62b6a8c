import type { Bundle, Resource } from '@medplum/fhirtypes'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startMedplum, type UpstreamServer } from '../../fakes/medplum-upstream.ts'
import { CANARY_B, observation, reference } from '../../fixtures/canary.ts'
import { crossLinkedRecords } from '../fhir/cross-linked-records.ts'
import type { Answer } from '../fhir/guarded-server.ts'
import { type Gateway, startGateway } from './gateway.ts'

const many = Array.from({ length: 30 }, (_, at) =>
  observation(`a-many-${at}`, 'pa', {
    effectiveDateTime: `2024-01-01T10:00:${String(at).padStart(2, '0')}Z`,
  }),
)
const records = [...crossLinkedRecords, ...many]
const OWN = 3 + many.length

let upstream: UpstreamServer
let gateway: Gateway
beforeAll(async () => {
  upstream = await startMedplum(records)
  gateway = await startGateway(upstream.base)
  // The first search finds out how upstream takes them.
  await gateway.get('Observation', 'TA')
  upstream.requests()
})
afterEach(() => {
  upstream.twist = {}
  upstream.requests()
  gateway.reports.length = 0
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const idsIn = ({ json }: Answer): string[] =>
  (json.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id)

const others = (count: number): Resource[] =>
  Array.from({ length: count }, (_, at) => observation(`b-sent-${at}`, 'pb') as unknown as Resource)

const add = (bundle: Bundle, resources: readonly Resource[], mode: 'match' | 'include' = 'match') => {
  bundle.entry = [...(bundle.entry ?? []), ...resources.map((resource) => ({ resource, search: { mode } }))]
}

/** Makes the server answer a search as if it did not know how to confine it. */
const ignore =
  (...names: string[]) =>
  (_type: string, parameters: URLSearchParams) => {
    for (const name of names) parameters.delete(name)
  }

describe('rows of others (G02)', () => {
  test('a server that ignores patient= ends in 502, and the operator is told without an id', async () => {
    const all = await startMedplum([...records, ...others(200)])
    const open = await startGateway(all.base)
    all.twist = { ask: ignore('patient', 'subject', 'performer') }
    const answer = await open.get('Observation?_count=200', 'TA')
    expect(answer.status).toBe(502)
    expect(answer.text).not.toContain(CANARY_B)
    expect(open.reports.join()).toMatch(/resources of others.*"type":"Observation","rows":\d+/)
    expect(open.reports.join()).not.toMatch(/\bpa\b|b-sent|CANARY/)
    await open.close()
    await all.close()
  })

  test('a few are left out, not counted, and reported', async () => {
    upstream.twist = { answer: (bundle) => bundle.total === OWN && add(bundle, others(3)) }
    const answer = await gateway.get('Observation?_count=200', 'TA')
    expect(answer.status).toBe(200)
    expect(answer.json.total).toBe(OWN)
    expect(answer.text).not.toContain(CANARY_B)
    expect(gateway.reports.join()).toContain('resources of others')
  })

  test('what a server includes without being asked is no result, of the same patient neither', async () => {
    const extra = { ...observation('a-not-stored', 'pa'), resourceType: 'Observation' } as unknown as Resource
    upstream.twist = {
      answer: (bundle) =>
        add(bundle, [...others(40), extra, { resourceType: 'Patient', id: 'pb' }], 'include'),
    }
    const answer = await gateway.get('Observation?_count=200', 'TA')
    expect(gateway.reports).toEqual([])
    expect(idsIn(answer)).toHaveLength(OWN)
    expect(idsIn(answer)).not.toContain('a-not-stored')
    expect(answer.text).not.toContain(CANARY_B)
  })

  test('a row that is sent twice counts once', async () => {
    upstream.twist = { answer: (bundle) => bundle.entry?.push(...bundle.entry) }
    const answer = await gateway.get('Observation?_count=200', 'TA')
    expect(idsIn(answer)).toHaveLength(OWN)
    expect(answer.json.total).toBe(OWN)
  })

  test('a resource with one of another patient inside is neither read nor found', async () => {
    const mixed = { ...observation('a-mixed', 'pa'), contained: [{ ...observation('x', 'pb') }] }
    const server = await startMedplum([...crossLinkedRecords, mixed])
    const open = await startGateway(server.base)
    expect((await open.get('Observation/a-mixed', 'TA')).status).toBe(404)
    expect((await open.get('Observation', 'TA')).text).not.toContain(CANARY_B)
    await open.close()
    await server.close()
  })

  test('included and referring resources are those within reach', async () => {
    const answer = await gateway.get('DiagnosticReport?_include=DiagnosticReport:result', 'TA')
    expect(idsIn(answer)).toEqual(['a-dr1'])
    const back = await gateway.get('Patient?_revinclude=Observation:subject&_count=5', 'TA')
    expect(idsIn(back).filter((id) => id.startsWith('b-'))).toEqual([])
    expect(idsIn(back)).toHaveLength(1 + OWN)
  })
})

describe('totals and pages (G03, G09)', () => {
  test("upstream's total is never shown", async () => {
    upstream.twist = {
      answer: (bundle) => {
        bundle.total = 4711
      },
    }
    for (const search of [
      'Observation?_count=5',
      'Observation?_total=accurate',
      'Observation?_summary=count',
    ])
      expect((await gateway.get(search, 'TA')).text).not.toContain('4711')
    expect((await gateway.get('Observation?_summary=count', 'TA')).json.total).toBe(OWN)
  })

  test('pages go to the end, each row once and in order, and their links show nothing of upstream', async () => {
    const found: string[] = []
    let next: string | undefined = 'Observation?_sort=-date&_count=7'
    while (next !== undefined) {
      const answer: Answer = await gateway.get(next, 'TA')
      found.push(...idsIn(answer))
      next = answer.json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url
      expect(answer.text).not.toContain('getpages')
      expect(answer.text).not.toContain(upstream.base)
    }
    expect(found).toHaveLength(OWN)
    expect(new Set(found).size).toBe(OWN)
    const sent = many.map(({ id }) => id).toReversed()
    expect(found.filter((id) => id.startsWith('a-many'))).toEqual(sent)
  })

  test('a page link works only for the person who got it', async () => {
    const { json } = await gateway.get('Observation?_count=2', 'TA')
    const { url } = json.link.find(({ relation }: { relation: string }) => relation === 'next')
    expect((await gateway.get(url, 'TCpb')).status).toBe(403)
    expect((await gateway.get(url, 'TAobs')).status).toBe(403)
    expect((await gateway.get(url, 'TA')).status).toBe(200)
  })

  test('a server whose pages go in a circle ends in 502', async () => {
    upstream.twist = {
      answer: (bundle) => {
        bundle.entry = []
        bundle.link = [{ relation: 'next', url: `${upstream.base}?_getpages=circle` }]
      },
    }
    expect((await gateway.get('Observation', 'TA')).status).toBe(502)
  })

  test('a server with endless pages of nothing costs ten requests, and the page says where it goes on', async () => {
    let page = 0
    upstream.twist = {
      answer: (bundle) => {
        bundle.entry = []
        bundle.link = [{ relation: 'next', url: `${upstream.base}/Observation?page=${page++}` }]
      },
    }
    const answer = await gateway.get('Observation', 'TA')
    expect(answer.status).toBe(200)
    expect(upstream.requests()).toHaveLength(10)
    expect(answer.json.link.map(({ relation }: { relation: string }) => relation)).toContain('next')
  })
})

test('a slow server is asked for further pages for three seconds (G10)', async () => {
  let page = 0
  upstream.twist = {
    answer: async (bundle) => {
      await new Promise((resolve) => setTimeout(resolve, 900))
      bundle.entry = []
      bundle.link = [{ relation: 'next', url: `${upstream.base}/Observation?page=${page++}` }]
    },
  }
  const answer = await gateway.get('Observation', 'TA')
  expect(answer.status).toBe(200)
  expect(upstream.requests().length).toBeLessThan(6)
})

test('a remark about a sorted search is reported', async () => {
  upstream.twist = {
    answer: (bundle) =>
      add(bundle, [
        { resourceType: 'OperationOutcome', issue: [{ severity: 'warning', code: 'informational' }] },
      ]),
  }
  expect((await gateway.get('Observation?_sort=-date', 'TA')).status).toBe(200)
  expect(gateway.reports.join()).toMatch(/sorted search.*"type":"Observation"/)
})

test('a limited scope is decided here, whatever upstream finds (G12)', async () => {
  upstream.twist = { ask: ignore('category') }
  const { json } = await gateway.get('Observation?_count=200', 'TAlab')
  expect(json.total).toBe(0)
  expect((await gateway.get('Observation/a-obs1', 'TAlab')).status).toBe(404)
  expect((await gateway.get('Observation?_id=a-obs1,b-obs1', 'TAlabOrOne')).json.total).toBe(1)
})

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
  ])('nothing, for %s', async (path) => {
    const { status } = await gateway.get(path, 'TA')
    expect(status).toBeGreaterThanOrEqual(400)
    expect(upstream.requests()).toEqual([])
  })

  test("another's resource, like one that does not exist, by one request and the same answer", async () => {
    const foreign = await gateway.get('Observation/b-obs1', 'TA')
    const [request] = [upstream.requests()]
    const missing = await gateway.get('Observation/no-such', 'TA')
    expect(request).toEqual(['GET /Observation/b-obs1'])
    expect(upstream.requests()).toEqual(['GET /Observation/no-such'])
    expect([foreign.status, foreign.text]).toEqual([missing.status, missing.text])
  })

  test("a patient's search, always with the patient", async () => {
    await gateway.get('Observation?code=29463-7&_count=200', 'TA')
    for (const request of upstream.requests())
      expect(decodeURIComponent(request)).toMatch(
        /(patient|performer)=Patient\/pa&|(patient|performer)=Patient\/pa$/,
      )
  })

  test('a search that names no possible resource is not asked', async () => {
    for (const search of ['Observation?_id=a/b', 'Observation?subject=https://elsewhere.example/Patient/pa'])
      expect((await gateway.get(search, 'TA')).json.total).toBe(0)
    expect(upstream.requests()).toEqual([])
  })

  test('nothing but ids, where a search names resources by something else', async () => {
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
      expect(request).toMatch(/^POST \/(Observation|Encounter)\/_search _count=21(&status=none)?$/)
    await open.close()
    await server.close()
  })

  test('a batch and a whole record, by a bounded number of requests', async () => {
    const entry = Array.from({ length: 50 }, (_, at) => ({
      request: { method: 'GET', url: at === 0 ? 'Observation/a-obs1' : 'Observation/b-obs1' },
    }))
    const { json } = await gateway.get('', 'TA', {
      method: 'POST',
      url: '/fhir',
      headers: { 'content-type': 'application/fhir+json' },
      payload: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }),
    })
    const statuses = json.entry.map(({ response }: { response: { status: string } }) =>
      response.status.slice(0, 3),
    )
    expect(statuses).toEqual(['200', ...Array(49).fill('404')])
    expect(upstream.requests()).toHaveLength(50)
    await gateway.get('Patient/pa/$everything', 'TA')
    expect(upstream.requests().length).toBeLessThan(60)
  })
})

describe('what is not offered (G15)', () => {
  const offers = (type: string, parameter?: string) =>
    type !== 'Goal' &&
    parameter !== 'code' &&
    !(type === 'Procedure' && ['patient', 'subject', 'performer'].includes(parameter ?? ''))

  test('is not stated, not found, and refused where nothing could confine it', async () => {
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
    const refused = await open.get('Procedure', 'TA')
    expect(refused.status).toBe(400)
    expect(refused.json.issue[0].diagnostics).toContain('Procedure')
    expect(server.requests()).toEqual([])
    expect((await open.get('Procedure', 'TC')).status).toBe(200)
    expect((await open.get('Procedure/a-proc', 'TA')).status).toBe(200)
    // A parameter that upstream lacks is decided here.
    expect((await open.get('Observation?code=none', 'TA')).json.total).toBe(0)
    expect((await open.get('Observation?code=29463-7', 'TA')).json.total).toBe(3)
    await open.close()
    await server.close()
  })

  test('the statement is given while upstream is away, with the access log alone', async () => {
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

test('nothing of the record is in the database or the logs (G13)', async () => {
  for (const path of [
    'Observation?_count=200',
    'Patient/pa',
    'Patient/pa/$everything',
    'Patient?name=zzcanarya',
  ])
    for (const as of ['TA', 'TC'] as const) await gateway.get(path, as)
  const { db } = gateway.store
  const tables = await db.introspection.getTables()
  for (const { name } of tables) {
    const rows = await db
      .selectFrom(name as 'resource')
      .selectAll()
      .execute()
    expect(JSON.stringify(rows), name).not.toMatch(/29463|effectiveDateTime|1980-01-15/)
  }
  expect(await db.selectFrom('resource').selectAll().execute()).toEqual([])
  expect(gateway.reports.join()).not.toMatch(/CANARY|29463/)
})
