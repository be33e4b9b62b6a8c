import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomFrom } from '../../../server/demo/random.ts'
import { riversideRecords } from '../../../server/demo/riverside.ts'
import { patientsOf } from '../../../server/query/compartment.ts'
import { indexedValues } from '../../../server/query/indexed-values.ts'
import type { Json } from '../../../server/query/json-path.ts'
import { startHapi } from '../../fakes/hapi-upstream.ts'
import { startMedplum } from '../../fakes/medplum-upstream.ts'
import type { UpstreamServer } from '../../fakes/upstream-server.ts'
import { crossLinkedRecords } from '../../integration/fhir/cross-linked-records.ts'
import {
  type Answer,
  type GuardedServer,
  START,
  startGuarded,
  type TokenName,
} from '../../integration/fhir/guarded-server.ts'
import { type Row, randomParameter } from '../../integration/fhir/random-parameter.ts'
import { type Gateway, startGateway } from '../../integration/upstream/gateway.ts'

const all = [...crossLinkedRecords, ...riversideRecords('2026-01-01').slice(0, 250)] as (Json & {
  id: string
  resourceType: string
})[]
const records = all.map(({ resourceType, id, meta, ...rest }) => ({
  ...{ resourceType, id },
  meta: { ...(meta as object), versionId: '1', lastUpdated: new Date(START).toISOString() },
  ...rest,
}))
const rows: Row[] = records.map((record) => ({
  type: record.resourceType,
  id: record.id,
  lastUpdated: START,
  values: indexedValues(record.resourceType, record),
}))

const patients = new Set(all.flatMap((record) => patientsOf(record.resourceType, record.id, record)))

let embedded: GuardedServer
beforeAll(async () => {
  embedded = await startGuarded(all)
})
afterAll(() => embedded.close())

/** A resource without what each server writes in its own way: HAPI adds where it is from, writes the zone as an offset, and has an order of its own. */
const textOf = (resource: unknown): string =>
  JSON.stringify(resource, (name, value) => {
    if (name !== 'meta') return value
    const { source: _, versionId, lastUpdated, ...rest } = value
    return { versionId, ...(lastUpdated && { lastUpdated: Date.parse(lastUpdated) }), ...rest }
  })

/** Follows a search to its last page. */
const whole = async (server: GuardedServer, search: string, as: TokenName) => {
  const pages: Answer[] = []
  for (let next: string | undefined = search; next !== undefined; ) {
    const answer: Answer = await server.get(next, as)
    pages.push(answer)
    next = answer.json?.link?.find(({ relation }: { relation: string }) => relation === 'next')?.url
  }
  // biome-ignore lint/suspicious/noExplicitAny: entries of any shape
  const entries: any[] = pages.flatMap(({ json }) => json.entry ?? [])
  const texts = entries.map(
    ({ fullUrl, search: { mode }, resource }) => `${mode} ${fullUrl} ${textOf(resource)}`,
  )
  return {
    status: pages[0]?.status,
    // Only another server holds types that are not served.
    texts: texts.filter((text) => !text.includes('Not read here')).sort(),
    total: pages[0]?.json.total,
    issue: pages[0]?.json.issue,
  }
}

/** The texts of an answer's resources, regardless of their order. */
const resourcesIn = ({ json }: Pick<Answer, 'json'>): string[] => {
  // biome-ignore lint/suspicious/noExplicitAny: entries of any shape
  const entries: any[] = json?.entry ?? [{ resource: json }]
  return entries.map(({ resource }) => textOf(resource)).sort()
}

/** The patients whom the last requests concern, according to the log: nobody by an id that is no patient's, which another server alone knows. */
const loggedBy = async (server: GuardedServer) => {
  const entries = await server.entries()
  const about = entries.filter(({ patient }) => patients.has(`${patient}`))
  const told = about.length > 0 ? about : entries.map((entry) => ({ ...entry, patient: null }))
  return [...new Set(told.map(({ patient, outcome }) => `${patient} ${outcome}`))].sort()
}

describe.each<[string, () => Promise<UpstreamServer>]>([
  ['Medplum', () => startMedplum(records, { largestPage: 50 })],
  ['HAPI', () => startHapi(records, { largestPage: 50 })],
])('in front of %s', (name, startUpstream) => {
  let upstream: UpstreamServer
  let gateway: Gateway
  beforeAll(async () => {
    upstream = await startUpstream()
    gateway = await startGateway(upstream.base)
    // Forgets the entries of the tests before.
    await embedded.entries()
  })
  afterAll(async () => {
    await gateway.close()
    await upstream.close()
  })

  const both = async (search: string, as: TokenName) => {
    const [own, foreign] = [await whole(embedded, search, as), await whole(gateway, search, as)]
    expect(foreign.status, `${search} ${gateway.reports}`).toBe(own.status)
    expect(foreign.texts, search).toEqual(own.texts)
    const [ownEntries, foreignEntries] = [await loggedBy(embedded), await loggedBy(gateway)]
    expect(foreignEntries, search).toEqual(ownEntries)
    if (foreign.total !== undefined) expect(foreign.total, search).toBe(own.total)
    return own
  }

  test('checklist G2 a search finds the same through the gateway as in the embedded store', async () => {
    const random = randomFrom(name)
    const types = [...new Set(rows.map(({ type }) => type))] as [string, ...string[]]
    let foundCount = 0
    for (let round = 0; round < 125; round++) {
      const type = random.pick(types)
      const parameters = new URLSearchParams([randomParameter(rows, type, random)])
      if (random.chance(0.3)) parameters.append(...randomParameter(rows, type, random))
      parameters.set('_count', random.pick(['5', '20', '200']))
      const as = random.pick(['TA', 'TC', 'TCpb', 'TClab'] as const)
      const { texts } = await both(`${type}?${parameters}`, as)
      if (texts.length > 0) foundCount++
    }
    expect(foundCount).toBeGreaterThan(20)
  }, 120_000)

  test.each([
    'Patient?_include=Patient:general-practitioner&_revinclude=Observation:subject&_count=200',
    'Observation?_include=Observation:subject&_include=Observation:performer&_include=Observation:device',
    'DiagnosticReport?_include=DiagnosticReport:result',
    'Observation?_revinclude=Provenance:target&_revinclude=DiagnosticReport:result',
    'Observation?_elements=code&_count=7',
    'Observation?_summary=count',
    'Observation?_total=accurate&_count=2',
  ])('checklist G2 %s is the same for a patient', async (search) => {
    const { status } = await both(search, 'TA')
    expect(status).toBe(200)
  })

  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const POSTED = [
    'Observation?_id=a-obs1,b-obs1&_sort=-date',
    'Observation?patient=pb',
    `Patient?name=${encodeURIComponent('Ánna')}`,
    'Condition?_id=b-con1,a-con1',
  ]

  test.each(POSTED)('checklist G2 %s is the same when it is posted', async (search) => {
    const [path = '', payload = ''] = search.split('?')
    const options = { method: 'POST', headers: form, payload } as const
    for (const as of ['TA', 'TC'] as const) {
      const [own, foreign] = [
        await embedded.get(`${path}/_search`, as, options),
        await gateway.get(`${path}/_search`, as, options),
      ]
      expect(foreign.status).toBe(own.status)
      expect(resourcesIn(foreign)).toEqual(resourcesIn(own))
    }
  })

  test('checklist G2 a batch of reads and searches is answered the same', async () => {
    const urls = [
      ...POSTED,
      'Patient/pa',
      'Patient/pb',
      'Observation/a-obs1',
      'Observation/none',
      'Unknown/1',
    ]
    const options = {
      method: 'POST',
      url: '/fhir',
      headers: { 'content-type': 'application/fhir+json' },
      payload: JSON.stringify({
        resourceType: 'Bundle',
        type: 'batch',
        entry: urls.map((url) => ({ request: { method: 'GET', url } })),
      }),
    } as const
    for (const as of ['TA', 'TC'] as const) {
      const [own, foreign] = [await embedded.get('', as, options), await gateway.get('', as, options)]
      const statuses = ({ json }: Answer) =>
        json.entry.map(({ response }: { response: { status: string } }) => response.status)
      expect(statuses(foreign)).toEqual(statuses(own))
      expect(
        foreign.json.entry.map(({ resource }: { resource?: object }) => resourcesIn({ json: resource })),
      ).toEqual(own.json.entry.map(({ resource }: { resource?: object }) => resourcesIn({ json: resource })))
    }
  })

  test.each(['TA', 'TCpa'] as const)('checklist G2 a whole record is the same (%s)', async (as) => {
    for (const query of ['', '?_count=3', '?_type=Observation,Practitioner', '?_since=2026-01-02'])
      await both(`Patient/pa/$everything${query}`, as)
  })

  test.each(
    rows
      .filter(({ id }) => id.length < 16)
      .slice(0, 30)
      .map(({ type, id }) => `${type}/${id}`),
  )('checklist G2 a read of %s is the same', async (path) => {
    for (const as of ['TA', 'TC', 'TAlab', 'TADM'] as const) {
      const [own, foreign] = [await embedded.get(path, as), await gateway.get(path, as)]
      expect(foreign.status).toBe(own.status)
      expect(textOf(foreign.json)).toBe(textOf(own.json))
      expect(foreign.headers.etag).toBe(own.headers.etag)
    }
  })
})
