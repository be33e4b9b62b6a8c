import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { withScope } from '../../../extension/auth/grant/narrow-grant.ts'
import { withoutType } from '../../../extension/auth/grant/scopes.ts'
import { items } from '../../../extension/storage/items.ts'
import { putResources } from '../../../server/fhir/index/put-resource.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { clearBrowser, configure, createWorker, signInAs } from '../../fixtures/worker.ts'

let riverside: TestOrganization
beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(clearBrowser)
afterEach(() => vi.restoreAllMocks())

const correct = (birthDate: string) => {
  const john = { resourceType: 'Patient' as const, id: 'john-doe', name: [{ text: 'John Doe' }], birthDate }
  return riverside.store.write((trx) => putResources(trx, [{ resource: john }], Date.now()))
}

/** John, who signed in a quarter of a minute ago. */
const signedIn = async () => {
  const worker = createWorker()
  const { id } = await signInAs(worker, await configure(worker, riverside.url), { username: 'john' })
  await items.sessions.change(id, (session) => session && { ...session, signedInAt: Date.now() - 15_000 })
  return {
    readVitals: () => worker.answers.vitals({ connectionId: id, patient: 'john-doe' }),
    birthDate: async () => (await worker.state()).connections[0]?.patient?.birthDate,
    id,
  }
}

/** Runs `work` after each answer to a read of the Patient, before Carekey sees it. */
const afterPatientReads = (work: () => Promise<unknown>) => {
  const send = globalThis.fetch
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    const answer = await send(url, init)
    if (new URL(String(url)).pathname.endsWith('/fhir/Patient/john-doe')) await work()
    return answer
  })
  return () => spy.mock.calls.filter(([url]) => String(url).endsWith('/fhir/Patient/john-doe')).length
}

it('a birth date that is corrected at the organization is shown as soon as the record is read again', async () => {
  await correct('1972-04-03')
  const { readVitals, birthDate } = await signedIn()
  await correct('1972-03-04')
  expect((await readVitals()).patient).toMatchObject({ name: 'John Doe', birthDate: '1972-03-04' })
  expect(await birthDate()).toBe('1972-03-04')
})

it('the patient is not read twice at a sign-in', async () => {
  const { readVitals, id } = await signedIn()
  const countReads = afterPatientReads(async () => undefined)
  await items.sessions.change(id, (session) => session && { ...session, signedInAt: Date.now() - 5_000 })
  await readVitals()
  expect(countReads()).toBe(0)
})

it('the record is shown if the patient cannot be read, with the patient as known before', async () => {
  const { readVitals, birthDate } = await signedIn()
  const send = globalThis.fetch
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) =>
    String(url).endsWith('/fhir/Patient/john-doe') ? new Response('', { status: 500 }) : send(url, init),
  )
  expect((await readVitals()).weight.length).toBeGreaterThan(0)
  expect(await birthDate()).toBe('1972-03-04')
})

it('the patient whom a narrowed grant no longer covers is not read, and an answer that was under way is not kept', async () => {
  const { readVitals, birthDate, id } = await signedIn()
  const countReads = afterPatientReads(() =>
    items.sessions.change(id, (now) => now && withScope(now, withoutType(now.scope, 'Patient'))),
  )
  await readVitals()
  expect(countReads()).toBe(1)
  expect(await birthDate()).toBeUndefined()
  await readVitals()
  expect(countReads()).toBe(1)
  expect(await birthDate()).toBeUndefined()
})
