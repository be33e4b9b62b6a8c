import { afterEach, expect, test } from 'vitest'
import { type RecordingServer, startRecordingServer } from '../../fakes/recording-server.ts'
import { observation } from '../../fixtures/canary.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { json, page } from './opened-upstream.ts'

const group = { resourceType: 'Group', id: 'g', member: [{ entity: { reference: 'Patient/pb' } }] }
const visit = { resourceType: 'Encounter', id: 'v', subject: { reference: 'Group/g' } }
const IDS = Array.from({ length: 50 }, (_, at) => `o${at}`)
const provenance = {
  resourceType: 'Provenance',
  id: 'p',
  target: IDS.map((id) => ({ reference: `Observation/${id}` })),
}
const next = (type: string, at = 1) => ({ link: [{ relation: 'next', url: `${type}?at=${at}` }] })
const remark = { resource: { resourceType: 'OperationOutcome', issue: [] }, search: { mode: 'outcome' } }
const rows = (resources: readonly object[]) => ({ entry: resources.map((resource) => ({ resource })) })

interface LookUp {
  /** What is read, and leads on to what is looked up. */
  readonly path: 'Encounter/v' | 'Provenance/p' | `Observation?${string}`
  /** The search for it. @param at the page, from 0. */
  readonly answer: (at: number) => object
}

const GROUP: readonly (LookUp & { readonly what: string })[] = [
  {
    what: 'a page that is empty, and names another',
    path: 'Encounter/v',
    answer: (at) => (at === 0 ? next('Group') : rows([group])),
  },
  {
    what: 'a page with nothing but a remark, which names another',
    path: 'Encounter/v',
    answer: (at) => (at === 0 ? { entry: [remark], ...next('Group') } : rows([group])),
  },
  {
    what: 'a page that only holds what was not asked for',
    path: 'Encounter/v',
    answer: () => rows([{ ...group, id: 'other', member: [] }]),
  },
  {
    what: 'an empty page with a remark',
    path: 'Encounter/v',
    answer: () => ({ entry: [remark] }),
  },
  {
    what: 'a page that states more than it holds',
    path: 'Encounter/v',
    answer: () => ({ total: 1 }),
  },
  {
    what: 'a last page that ends below the total of the first',
    path: 'Encounter/v',
    answer: (at) => (at === 0 ? { total: 1, ...next('Group') } : {}),
  },
  {
    what: 'pages without an end',
    path: 'Encounter/v',
    answer: (at) => next('Group', at + 1),
  },
]

let server: RecordingServer
let gateway: Gateway
afterEach(async () => {
  await gateway.close()
  await server.close()
})

const start = async ({ path, answer }: LookUp, isRead: boolean) => {
  const resource = ['Patient', 'Provenance', 'Observation', 'Encounter', 'Group', 'CareTeam'].map((type) => ({
    type,
    interaction: [{ code: 'search-type' }, ...(isRead || path.startsWith(type) ? [{ code: 'read' }] : [])],
    searchParam: ['patient', 'subject', 'performer'].map((name) => ({ name })),
  }))
  const rest = [{ mode: 'server', searchParam: [{ name: '_id' }], resource }]
  const known = [visit, provenance, group].map(
    (each) => [`/fhir/${each.resourceType}/${each.id}`, each] as const,
  )
  server = await startRecordingServer(({ path, query }) => {
    if (path === '/fhir/metadata')
      return json({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1', rest })
    const read = new Map<string, object>(known).get(path)
    if (read) return json(read)
    if (path.startsWith('/fhir/Patient')) return json(page())
    return json(page(answer(Number(query.get('at') ?? 0))))
  })
  gateway = await startGateway(`${server.origin}/fhir`)
  const { status } = await gateway.get(path, 'TC')
  return { status, patients: (await gateway.entries()).map(({ patient }) => patient) }
}

test.each(GROUP)('J47 $what hides no member of a group: it is read by its id', async (lookUp) => {
  expect(await start(lookUp, true)).toEqual({ status: 200, patients: ['pb'] })
})

test.each(GROUP.slice(2))(
  'J47 after $what nobody reads a visit of a group that cannot be read by its id',
  async (lookUp) => {
    expect(await start(lookUp, false)).toMatchObject({ status: 404 })
  },
)

test('J47 a group that a search does not find exists nowhere', async () => {
  expect(await start({ path: 'Encounter/v', answer: () => rows([]) }, false)).toMatchObject({ status: 200 })
})

test('J47 included rows hide nobody of those who are asked for', async () => {
  const included = (id: string) => ({
    resource: { resourceType: 'Practitioner', id },
    search: { mode: 'include' },
  })
  const answer = (at: number) =>
    at > 0
      ? rows(IDS.slice(25).map((id) => observation(id, id === 'o49' ? 'pb' : 'pa')))
      : {
          entry: IDS.slice(0, 25).flatMap((id) => [{ resource: observation(id, 'pa') }, included(`d${id}`)]),
          ...next('Observation'),
        }
  const { status, patients } = await start({ path: 'Provenance/p', answer }, false)
  expect([status, new Set(patients)]).toEqual([200, new Set(['pa', 'pb'])])
})

test('J47 a search that names more resources than are looked up is refused, and one that names fewer is logged', async () => {
  const named = (count: number) => `Observation?performer=${[...IDS, 'a'].slice(-count).join()}` as const
  const answer = () => rows([])
  expect(await start({ path: named(51), answer }, false)).toMatchObject({ status: 403 })
  expect((await gateway.get(named(50), 'TC')).status).toBe(200)
})
