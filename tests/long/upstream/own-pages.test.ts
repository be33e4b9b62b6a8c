import { afterAll, beforeAll, expect, test } from 'vitest'
import { startMedplum, type TwistedServer } from '../../fakes/medplum-upstream.ts'
import { observation, reference } from '../../fixtures/canary.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { carekeyAt, signIn } from '../../fixtures/sign-in.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'
import {
  addGrowthChart,
  allowAll,
  askFor,
  atEhr,
  launchFrom,
  passwordOf,
  redeem,
} from '../../integration/oauth/launching.ts'

const person = (id: string, given: string, family: string) => ({
  resourceType: 'Patient',
  id,
  name: [{ given: [given, 'Luz'], family }],
  birthDate: '1980-01-15',
  identifier: [{ system: 'urn:mrn', value: `${given}-7` }],
})
const visit = (id: string, start: string) => ({
  resourceType: 'Encounter',
  id,
  status: 'finished',
  class: { code: 'AMB' },
  type: [{ text: `Check-up ${id}` }],
  subject: reference('Patient/jane-doe'),
  period: { start },
})
const records = [
  person('jane-doe', 'Ana', 'García López'),
  person('other', 'Ana', 'Ortiz'),
  visit('v1', '2025-01-02'),
  visit('v2', '2025-03-04'),
  ...['o1', 'o2', 'o3'].map((id) => observation(id, 'jane-doe')),
  observation('o4', 'other'),
]

let upstream: TwistedServer
let clinic: TestOrganization
beforeAll(async () => {
  upstream = await startMedplum(records)
  const source = { kind: 'fhir', base: upstream.base, authentication: { kind: 'none' } } as const
  clinic = await startOrganization({ demo: 'riverside', source })
  await addGrowthChart(clinic)
})
afterAll(async () => {
  await clinic.close()
  await upstream.close()
})

const textOf = (html: string) => html.replace(/<[^>]*>|\s+/g, ' ').replace(/ +/g, ' ')

test('checklist G7 a clinician finds a patient of the other server by the full name, and picks a visit there', async () => {
  const agent = await atEhr(clinic)
  const resultPage = await agent.submit(await agent.open('/ehr'), { name: 'Ana Luz García López' })
  expect([...resultPage.html.matchAll(/\/ehr\/patient\/([\w-]+)/g)].map(([, id]) => id)).toEqual(['jane-doe'])
  const page = await agent.open('/ehr/patient/jane-doe')
  expect(textOf(page.html)).toMatch(/Check-up v2.*Check-up v1/)
  const all = await agent.submit(await agent.open('/ehr'), { given: 'Ana' })
  // They are sorted by family name.
  expect([...all.html.matchAll(/\/ehr\/patient\/([\w-]+)/g)].map(([, id]) => id)).toEqual([
    'jane-doe',
    'other',
  ])
  const entries = await clinic.store.db
    .selectFrom('audit_event')
    .select('patient')
    .where('agent', 'like', '%morgan-lee')
    .execute()
  expect(entries.map(({ patient }) => patient)).toEqual(expect.arrayContaining(['jane-doe', 'other']))
})

test('checklist G7 a clinician launches an application with that patient and visit, which reads their record', async () => {
  const agent = await atEhr(clinic)
  await agent.open('/ehr/patient/jane-doe')
  const address = await launchFrom(agent, 'patient=jane-doe&encounter=v2')
  const launch = address.searchParams.get('launch') ?? ''
  const flow = await askFor(clinic, agent, 'launch patient/Observation.rs', { launch })
  await allowAll(flow)
  const { access_token, patient, encounter } = await redeem(clinic, flow)
  expect([patient, encounter]).toEqual(['jane-doe', 'v2'])
  const answer = await fetch(`${clinic.url}/fhir/Observation`, {
    headers: { authorization: `Bearer ${access_token}` },
  })
  const { entry } = (await answer.json()) as { entry: { resource: { id: string } }[] }
  expect(entry.map(({ resource }) => resource.id).sort()).toEqual(['o1', 'o2', 'o3'])
})

test('checklist G1 a patient sees at consent what the other server holds, and reads it with the token', async () => {
  const agent = createUserAgent(clinic.url)
  const flow = await askFor(clinic, agent, 'launch/patient patient/Observation.rs patient/Encounter.rs')
  await passwordOf(flow, 'jane')
  expect(textOf(flow.page.html)).toContain('3 readings')
  const { access_token } = await signIn(clinic.url, {
    username: 'jane',
    scope: 'launch/patient patient/*.rs',
    application: carekeyAt(clinic.url),
  })
  const answer = await fetch(`${clinic.url}/fhir/Observation`, {
    headers: { authorization: `Bearer ${access_token}` },
  })
  const bundle = (await answer.json()) as { total: number }
  expect(bundle.total).toBe(3)
})

test('checklist G6 a slow server keeps nobody from deciding: what cannot be counted in two seconds is left out', async () => {
  const flow = await askFor(clinic, createUserAgent(clinic.url), 'launch/patient patient/*.rs')
  upstream.twist = {
    answer: (_, type) => type !== 'Patient' && new Promise((resolve) => setTimeout(resolve, 1_500)),
  }
  const began = performance.now()
  await passwordOf(flow, 'jane')
  upstream.twist = {}
  expect(flow.page.html).toContain('value="allow"')
  expect(performance.now() - began).toBeLessThan(5_000)
})

test('checklist G6 while it is away, a patient can still sign in and allow, without numbers', async () => {
  await upstream.close()
  const flow = await askFor(clinic, createUserAgent(clinic.url), 'launch/patient patient/Observation.rs')
  await passwordOf(flow, 'jane')
  expect(flow.page.html).toContain('value="allow"')
  expect(textOf(flow.page.html)).not.toMatch(/\d readings/)
  const agent = await atEhr(clinic)
  const page = await agent.submit(await agent.open('/ehr'), { given: 'Ana' })
  expect(page.html).not.toContain('/ehr/patient/')
  for (let tries = 0; tries < 5; tries++) await fetch(`${clinic.url}/fhir/metadata`)
  expect((await fetch(`${clinic.url}/readyz`)).status).toBe(200)
})
