import { afterEach, beforeEach, expect, it } from 'vitest'
import { ADDRESSES, type MockProvider, startMockProvider } from '../../fakes/mock-provider.ts'
import { signInAtMock } from '../../fixtures/mock-sign-in.ts'
import { clearBrowser, createWorker, type Worker } from '../../fixtures/worker.ts'

let mock: MockProvider
let worker: Worker

beforeEach(async () => {
  await clearBrowser()
  mock = await startMockProvider()
  worker = createWorker()
})
afterEach(() => mock.close())

const weight = (id: string, subject: object) => ({
  ...{ resourceType: 'Observation', id, status: 'final', subject },
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  effectiveDateTime: '2025-03-01T10:00:00Z',
  valueQuantity: { value: 71.5, unit: 'kg' },
})
const [mara, hugo] = [{ reference: 'Patient/mara' }, { reference: 'Patient/hugo' }]

const send = (path: string, ...resources: object[]) =>
  mock.script(path, () => ({
    body: {
      resourceType: 'Bundle',
      type: 'searchset',
      total: resources.length,
      entry: resources.map((resource) => ({ resource })),
    },
  }))

it('J56 readings about another patient are not given to a page, and counted', async () => {
  send(ADDRESSES.observations, weight('own', mara), weight('foreign', hugo))
  const connectionId = await signInAtMock(worker, mock)
  const vitals = await worker.answers.vitals({ connectionId, patient: 'mara' })
  expect(vitals).toMatchObject({ weight: [{ id: 'own' }], omitted: 1, cut: false })
  expect(vitals.weight).toHaveLength(1)
  expect(vitals.warning).toBeUndefined()
})

it('J56 a list about another patient is empty, and says how much was left out', async () => {
  send('/fhir/Condition', { resourceType: 'Condition', id: 'c', subject: hugo, code: { text: 'Gout' } })
  const connectionId = await signInAtMock(worker, mock)
  const list = await worker.answers['record-list']({ connectionId, patient: 'mara', type: 'Condition' })
  expect(list).toMatchObject({ entries: [], omitted: 1 })
})

it('J56 a result about another patient is not given as that of an own report', async () => {
  const code = { text: 'Potassium' }
  const result = (id: string, subject: object) => ({
    ...{ resourceType: 'Observation', id, status: 'final', subject, code },
    valueQuantity: { value: 4.1, unit: 'mmol/L' },
  })
  send(
    '/fhir/DiagnosticReport',
    { resourceType: 'DiagnosticReport', id: 'r', subject: mara, code: { text: 'Blood' }, result: [] },
    result('own', mara),
    result('foreign', hugo),
  )
  const connectionId = await signInAtMock(worker, mock)
  const request = { connectionId, patient: 'mara', type: 'DiagnosticReport' } as const
  const { entries, omitted } = await worker.answers['record-list'](request)
  expect(entries.map(({ id }) => id).sort()).toEqual(['own', 'r'])
  expect(omitted).toBe(1)
})

it('J56 another patient than the one that was asked for is not shown as them', async () => {
  mock.script(ADDRESSES.patient, () => ({
    body: { resourceType: 'Patient', id: 'hugo', name: [{ text: 'Hugo' }], birthDate: '1950-01-01' },
  }))
  const connectionId = await signInAtMock(worker, mock)
  const { connections } = await worker.state()
  expect(JSON.stringify(connections)).not.toMatch(/Hugo|1950/)
  expect((await worker.answers.vitals({ connectionId, patient: 'mara' })).patient.name).not.toContain('Hugo')
})

it('J56 a visit of another patient is not shown as that of a launch', async () => {
  mock.script(ADDRESSES.token, async (_request, usual) => {
    const reply = Object(await usual())
    return { ...reply, body: { ...reply.body, encounter: 'visit', scope: 'patient/Encounter.rs' } }
  })
  const visit = (subject: object) => ({
    resourceType: 'Encounter',
    id: 'visit',
    subject,
    type: [{ text: 'Oncology' }],
  })
  mock.script('/fhir/Encounter/visit', () => ({ body: visit(hugo) }))
  await signInAtMock(worker, mock, { launch: 'launch' })
  expect((await worker.state()).launched).toMatchObject([{ visit: { id: 'visit' } }])
  expect(JSON.stringify(await worker.state())).not.toContain('Oncology')
})
