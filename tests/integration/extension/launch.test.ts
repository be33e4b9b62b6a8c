import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { type RecordType, recordTypes } from '../../../extension/messages/record-lists.ts'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { isGood } from '../../fixtures/is-good.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import type { UserAgent } from '../../fixtures/user-agent.ts'
import {
  clearBrowser,
  configure,
  createWorker,
  restartBrowser,
  signInAs,
  storedText,
} from '../../fixtures/worker.ts'
import { atEhr, launchFrom } from '../oauth/launching.ts'

let clinic: TestOrganization
beforeAll(async () => {
  clinic = await startOrganization({ demo: 'riverside' })
})
afterAll(() => clinic.close())
beforeEach(clearBrowser)

/** Lee opens Carekey for a patient at `B/ehr`; returns the parameters with which the browser opens our page. */
const launchedFrom = async (agent: UserAgent, query: string) => {
  const { searchParams } = await launchFrom(agent, query, 'carekey')
  return { iss: searchParams.get('iss') ?? '', launch: searchParams.get('launch') ?? '' }
}

const requests: URL[] = []
/** The person in the sign-in window is already signed in at the record system, and clicks Allow. */
const allowWith = (agent: UserAgent): void => {
  fakeBrowser.identity.launchWebAuthFlow = async ({ url }) => {
    requests.push(new URL(url))
    const consent = await agent.open(url)
    if (consent.status === 0) return consent.url.href
    if (consent.status >= 400) throw new Error('Authorization page could not be loaded.')
    return (await agent.submit(consent, { window: 'hour', decision: 'allow' })).url.href
  }
}

const setUp = async () => {
  const worker = createWorker()
  const provider = await configure(worker, clinic.url)
  const agent = await atEhr(clinic)
  allowWith(agent)
  requests.length = 0
  return { worker, provider, agent }
}

it('a launch opens the patient and the visit that are open in the record system', async () => {
  const { worker, agent } = await setUp()
  const launch = await launchedFrom(agent, 'patient=jane-doe&encounter=jane-doe-visit-02')
  const id = await worker.launch(launch)
  const { launched, connections } = await worker.state()
  expect(launched).toMatchObject([
    {
      id,
      patient: { id: 'jane-doe', name: 'Jane Doe' },
      person: { role: 'clinician' },
      needsBanner: true,
      visit: { id: 'jane-doe-visit-02', name: 'Check-up' },
      signedIn: true,
      staysConnected: false,
    },
  ])
  expect(connections).toEqual([])
  expect(requests[0]?.searchParams.get('launch')).toBe(launch.launch)
  expect(requests[0]?.searchParams.get('aud')).toBe(`${clinic.url}/fhir`)
  const vitals = await worker.answers.vitals({ connectionId: id, patient: 'jane-doe' })
  expect(vitals.bloodPressure.length).toBeGreaterThan(0)
  await expect(worker.answers.vitals({ connectionId: id, patient: 'john-doe' })).rejects.toMatchObject({
    code: expect.stringMatching(/refused|not-found/),
  })
})

it('a launch reads the whole record that its page shows, and nothing of another patient', async () => {
  const { worker, agent } = await setUp()
  const id = await worker.launch(await launchedFrom(agent, 'patient=jane-doe'))
  const [visit] = (await worker.state()).launched
  expect(visit?.can.readLists).toEqual(recordTypes)
  const read = (type: RecordType, patient = 'jane-doe') =>
    worker.answers['record-list']({ connectionId: id, patient, type })
  for (const type of ['Condition', 'AllergyIntolerance', 'MedicationRequest', 'Encounter'] as const)
    expect((await read(type)).entries.length, type).toBeGreaterThan(0)
  expect((await read('Condition', 'john-doe')).entries).toEqual([])
})

it('a launch writes no patient name to disk and leaves nothing after the browser closes', async () => {
  const { worker, agent } = await setUp()
  await worker.launch(await launchedFrom(agent, 'patient=jane-doe'))
  expect(await storedText('local')).not.toMatch(/jane/i)
  await restartBrowser()
  await worker.settle()
  expect((await worker.state()).launched).toEqual([])
  expect(await items.connections.get()).toEqual({})
})

it('a launch ends when it is closed, and the record system can start another', async () => {
  const { worker, agent } = await setUp()
  const first = await worker.launch(await launchedFrom(agent, 'patient=jane-doe'))
  expect(await worker.signOut(first)).toMatchObject({ outcome: 'revoked' })
  expect((await worker.state()).launched).toEqual([])
  const second = await worker.launch(await launchedFrom(agent, 'patient=john-doe'))
  expect(second).not.toBe(first)
  expect((await worker.state()).launched).toMatchObject([{ patient: { id: 'john-doe' } }])
})

it('a launch is separate from the connection that the clinician signed in to', async () => {
  const { worker, provider, agent } = await setUp()
  const own = await signInAs(worker, provider, { username: 'lee' })
  allowWith(agent)
  const id = await worker.launch(await launchedFrom(agent, 'patient=jane-doe'))
  const { connections, launched } = await worker.state()
  expect(connections).toMatchObject([{ id: own.id, signedIn: true }])
  expect(connections[0]).not.toHaveProperty('patient')
  expect(launched.map((each) => each.id)).toEqual([id])
})

it('signing out at an organization ends what the same person opened from its record system', async () => {
  const { worker, provider, agent } = await setUp()
  const own = await signInAs(worker, provider, { username: 'lee' })
  const other = await signInAs(worker, provider, { username: 'jane' })
  allowWith(agent)
  const launched = async () => worker.launch(await launchedFrom(agent, 'patient=john-doe'))
  const visit = await launched()
  const [token = ''] = await worker.sessions.tokens(visit)
  await worker.signOut(other.id)
  expect((await worker.state()).launched).toHaveLength(1)
  expect(await worker.signOut(own.id)).toMatchObject({ outcome: 'revoked' })
  expect((await worker.state()).launched).toEqual([])
  expect(await isGood(clinic.url, token)).toBe(false)
  await launched()
  await worker.removeConnection(own.id)
  expect((await worker.state()).launched).toEqual([])
})

it('F42 a visit that could not be ended is told, although the answer to the sign-out says only that the organization was not reached', async () => {
  const { worker, provider, agent } = await setUp()
  const own = await signInAs(worker, provider, { username: 'lee' })
  allowWith(agent)
  const visit = await worker.launch(await launchedFrom(agent, 'patient=john-doe'))
  const ofVisit = await worker.sessions.tokens(visit)
  const { fetch } = globalThis
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (...given) => {
    const request = new Request(...given)
    if (!request.url.endsWith('/oauth/revoke')) return fetch(...given)
    const token = new URLSearchParams(await request.text()).get('token') ?? ''
    return Response.json({ error: 'no' }, { status: ofVisit.includes(token) ? 400 : 503 })
  })
  const page = new AbortController().signal
  const answer = await worker.answers['sign-out']({ connectionId: own.id, isShown: true }, page)
  expect(answer).toEqual({ outcome: 'unreachable' })
  expect((await worker.state()).unrevoked).toHaveLength(1)
  vi.restoreAllMocks()
})

it('a launch works only once', async () => {
  const { worker, agent } = await setUp()
  const launch = await launchedFrom(agent, 'patient=jane-doe')
  await worker.launch(launch)
  await expect(worker.launch(launch)).rejects.toMatchObject({ code: expect.stringMatching(/sign-in/) })
  expect((await worker.state()).launched).toHaveLength(1)
})

it.each([
  ['another host', 'https://evil.example/fhir'],
  ['another port', 'http://localhost:1/fhir'],
  ['another path of the same host', ''],
])('sends no request to %s', async (_name, iss) => {
  const { worker } = await setUp()
  const other = iss || `${clinic.url}/other/fhir`
  await expect(worker.launch({ iss: other, launch: 'x' })).rejects.toMatchObject({
    code: 'unknown-organization',
    details: { host: new URL(other).host },
  })
  expect(requests).toEqual([])
  expect((await worker.state()).flow).toBeUndefined()
})

it.each([
  'javascript:alert(1)',
  'http://evil.example/fhir',
  'https://a:b@evil.example/fhir',
  '',
  'https://x/?a=b',
])('refuses %s as an issuer', async (iss) => {
  const { worker } = await setUp()
  await expect(worker.launch({ iss, launch: 'x' })).rejects.toMatchObject({
    code: expect.stringMatching(/invalid-input|insecure-address/),
  })
})
