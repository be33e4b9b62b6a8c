import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { rememberPlace } from '../../../extension/background/describe-state.ts'
import { createLastSearches } from '../../../extension/background/last-searches.ts'
import type { PatientQuery } from '../../../extension/messages/patients.ts'
import { items } from '../../../extension/storage/items.ts'
import { putResources } from '../../../server/fhir/index/put-resource.ts'
import { readSearchWords, type SearchWords } from '../../../values/search-words.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { clearBrowser, configure, createWorker, signInAs, storedText } from '../../fixtures/worker.ts'

let clinic: TestOrganization
beforeAll(async () => {
  clinic = await startOrganization({ demo: 'riverside' })
  const quill = {
    resourceType: 'Patient' as const,
    id: 'quill',
    name: [{ family: 'Quillón', given: ['Ada', 'Zoe'] }],
    birthDate: '1980-01-15',
    identifier: [{ system: 'urn:mrn', value: '112130' }],
  }
  await clinic.store.write((trx) => putResources(trx, [{ resource: quill }], Date.now()))
})
afterAll(() => clinic.close())
beforeEach(clearBrowser)

const signedIn = async (username = 'lee') => {
  const worker = createWorker()
  const { id: connectionId } = await signInAs(worker, await configure(worker, clinic.url), { username })
  /** Results are kept after the answer. */
  const untilKept = () =>
    worker.lock.whileOpen(() => worker.sessions.exclusively(connectionId, async () => undefined))
  const search = async (query: PatientQuery, reopened = false) => {
    const page = await worker.answers['search-patients']({ connectionId, query, reopened })
    await untilKept()
    return page
  }
  return { worker, connectionId, search, untilKept, answers: worker.answers }
}

/** The number of entries in the organization's log. */
const countEntries = async (): Promise<number> => {
  const { entries } = await clinic.store.db
    .selectFrom('audit_event')
    .select((eb) => eb.fn.countAll<number>().as('entries'))
    .executeTakeFirstOrThrow()
  return Number(entries)
}

it.each([
  ...['quillon ada', 'ZOE', 'zoe QUILL', 'ada 15.1.1980', 'Jan 15, 1980 quillón', 'ada 1980'],
  ...['MR 112130', '112130', 'mr112130'],
])('the one box finds a patient by %s', async (input) => {
  const { search } = await signedIn()
  const anything = readSearchWords(input, 'en-US') as SearchWords
  expect((await search({ anything })).patients.map(({ id }) => id)).toContain('quill')
})

it.each(['112130', 'MR 112130', 'mr112130', 'urn:mrn|112130'])(
  'the field for the identifier finds a patient by %s',
  async (identifier) => {
    const { search } = await signedIn()
    expect((await search({ identifier })).patients.map(({ id }) => id)).toContain('quill')
  },
)

it('a patient must match the one box and the six fields together', async () => {
  const { search } = await signedIn()
  const anything = { names: ['ada'], birthdate: '1980-01-15' }
  expect((await search({ anything, family: 'Quillon' })).patients).toHaveLength(1)
  expect((await search({ anything, family: 'Doe' })).patients).toEqual([])
  expect((await search({ anything, birthdate: '1981' })).patients).toEqual([])
})

it('a popup that is opened again shows all pages of the last results, and adds no entry to the log', async () => {
  const { search, untilKept, answers, connectionId } = await signedIn()
  const query = { gender: 'female' }
  const first = await search(query)
  const second = await answers['more-patients']({ connectionId, next: first.next ?? '' })
  await untilKept()
  const before = await countEntries()
  const again = await search(query, true)
  expect(again.patients).toEqual([...first.patients, ...second.patients])
  expect(again.next).toBe(second.next)
  expect(again.readAt).toBeTypeOf('number')
  expect(await countEntries()).toBe(before)

  expect((await search({ gender: 'male' }, true)).readAt).toBeUndefined()
  expect((await search(query)).readAt).toBeUndefined()
})

it('a search reads the session once, and waits for one write: the row of its request', async () => {
  const { worker, connectionId, answers } = await signedIn()
  const { requests } = worker.sessions
  const reads: unknown[] = []
  const { get } = fakeBrowser.storage.session
  const { change } = requests
  const answered = Promise.withResolvers<void>()
  // What is kept of the results waits for this lock, so it reads nothing meanwhile.
  const holding = worker.sessions.exclusively(connectionId, () => answered.promise)
  vi.spyOn(fakeBrowser.storage.session, 'get').mockImplementation(async (key) => {
    reads.push(key)
    return get(key)
  })
  const putting = vi.spyOn(requests, 'put')
  const changing = vi
    .spyOn(requests, 'change')
    .mockImplementation((...given) => answered.promise.then(() => change(...given)))
  const setting = vi.spyOn(fakeBrowser.storage.session, 'set')
  const page = await answers['search-patients']({ connectionId, query: { family: 'Doe' } })
  const readsBefore = reads.filter((key) => key === items.sessions.key).length
  expect(page.patients.length).toBeGreaterThan(0)
  expect(readsBefore).toBe(1)
  expect(putting).toHaveBeenCalledTimes(1)
  await vi.waitFor(() => expect(changing).toHaveBeenCalledTimes(1))
  expect(setting).not.toHaveBeenCalled()
  answered.resolve()
  await holding
  await vi.waitFor(() => expect(setting).toHaveBeenCalledTimes(1))
  vi.restoreAllMocks()
})

it('the last results and recent patients are deleted with the session', async () => {
  const { worker, search, answers, connectionId } = await signedIn()
  const { patients } = await search({ anything: { names: ['quill'] } })
  const [patient] = patients
  if (patient) await rememberPlace({ connectionId, patient })
  expect((await worker.state()).connections[0]?.recentPatients).toEqual(patients)
  expect(await storedText('local')).not.toMatch(/quill/i)
  await answers['sign-out']({ connectionId })
  expect(await storedText('session')).not.toMatch(/quill/i)
  await expect(search({ anything: { names: ['quill'] } }, true)).rejects.toMatchObject({ code: 'signed-out' })
})

it('results that arrive, or places that are reported, after the session has ended are not kept', async () => {
  const { worker, search, untilKept, answers, connectionId } = await signedIn()
  const query = { anything: { names: ['quill'] } }
  const { patients } = await search(query)
  const { terms } = await worker.sessions.access(connectionId)
  await answers['sign-out']({ connectionId })
  createLastSearches(worker.sessions, worker.lock.whileOpen).keep(connectionId, terms, query, { patients })
  await untilKept()
  const [patient] = patients
  if (patient) await rememberPlace({ connectionId, patient })
  expect(await storedText('session')).not.toMatch(/quill/i)
  expect((await worker.state()).connections[0]?.recentPatients).toBeUndefined()
})

it('while locked the last results and recent patients are sealed, and unlocking restores them', async () => {
  const { worker, search, answers, connectionId } = await signedIn()
  const query = { anything: { names: ['quill'] } }
  const [patient] = (await search(query)).patients
  if (patient) await rememberPlace({ connectionId, patient })
  await answers['set-lock']({ lock: { pin: '271828' }, after: 15 })
  await answers.lock(undefined)
  expect(await storedText('session')).not.toMatch(/quill/i)
  await expect(search(query, true)).rejects.toMatchObject({ code: 'locked' })
  await answers.unlock({ pin: '271828' })
  expect((await search(query, true)).readAt).toBeTypeOf('number')
  expect((await worker.state()).connections[0]?.recentPatients).toHaveLength(1)
})

it('the five patients that were opened last are recent, each once, the last one first', async () => {
  const { connectionId } = await signedIn()
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'c', 'c'])
    await rememberPlace({ connectionId, patient: { id, name: id, identifiers: [] } })
  expect((await items.recentPatients.find(connectionId))?.map(({ id }) => id).join('')).toBe('cfedb')
})
