import { afterEach, expect, test, vi } from 'vitest'
import { type RecordingServer, startRecordingServer } from '../../fakes/recording-server.ts'
import { observation } from '../../fixtures/canary.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { json, page, statement } from './opened-upstream.ts'

const offered = (type: string) => ({
  type,
  interaction: [{ code: 'read' }, { code: 'search-type' }],
  searchParam: [{ name: 'patient', type: 'reference' }],
})
const resource = ['Patient', 'Observation', 'AllergyIntolerance', 'Practitioner'].map(offered)
const WHOLE = { ...statement, rest: [{ mode: 'server', resource }] }
const observed = { ...observation('o1', 'pa'), performer: [{ reference: 'Practitioner/d' }] }

let server: RecordingServer
let gateway: Gateway
let current: object
afterEach(async () => {
  vi.useRealTimers()
  await gateway.close()
  await server.close()
})

const start = async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  current = WHOLE
  server = await startRecordingServer(({ path }) => {
    if (path === '/fhir/metadata') return json(current)
    if (path === '/fhir/Patient/pa') return json({ resourceType: 'Patient', id: 'pa' })
    if (path === '/fhir/Observation/_search') return json(page({ entry: [{ resource: observed }] }))
    return json(page())
  })
  gateway = await startGateway(`${server.origin}/fhir`)
}

/** An hour later, it offers something else. */
const offer = async (later: object) => {
  current = later
  const before = server.requests.filter(({ path }) => path === '/fhir/metadata').length
  vi.advanceTimersByTime(3_600_000)
  await vi.waitFor(() =>
    expect(server.requests.filter(({ path }) => path === '/fhir/metadata')).toHaveLength(before + 1),
  )
}
const everything = async (query = '') => (await gateway.get(`Patient/pa/$everything${query}`, 'TA')).text

test.each([
  ['no part for a server', { ...WHOLE, rest: [] }],
  ['no Patient', { ...WHOLE, rest: [{ mode: 'server', resource: resource.slice(1) }] }],
  ['types that are no list', { ...WHOLE, rest: [{ mode: 'server', resource: resource[0] }] }],
])('a CapabilityStatement with %s changes nothing, and the operator is told', async (_what, later) => {
  await start()
  await offer(later)
  await vi.waitFor(() => expect(gateway.reports.join()).toContain('cannot be used'))
  expect((await gateway.get('AllergyIntolerance', 'TA')).status).toBe(200)
  expect(await everything()).not.toContain('Not read here')
})

test('types that are no longer offered are named by the whole record and to the operator, once', async () => {
  await start()
  const fewer = { ...WHOLE, rest: [{ mode: 'server', resource: resource.slice(0, 2) }] }
  expect(await everything()).not.toContain('Not read here')
  for (let hours = 0; hours < 2; hours++) {
    await offer(fewer)
    await vi.waitFor(async () =>
      expect(await everything()).toContain('may hold them: AllergyIntolerance, Practitioner.'),
    )
  }
  expect(await everything('?_type=Observation')).not.toContain('Not read here')
  expect(gateway.reports.filter((each) => each.includes('no longer offers'))).toEqual([
    expect.stringContaining('AllergyIntolerance,Practitioner'),
  ])
  await offer(WHOLE)
  await vi.waitFor(async () => expect(await everything()).not.toContain('Not read here'))
})
