import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { watchOmnibox } from '../../../extension/background/omnibox.ts'
import type { PatientPage } from '../../../extension/messages/patients.ts'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser, openedTabs, shownInAddressBar } from '../../fakes/browser.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { clearBrowser, configure, createWorker, signInAs, storedText } from '../../fixtures/worker.ts'

interface Suggestion {
  content: string
  description: string
}

let riverside: TestOrganization
beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(async () => {
  await clearBrowser()
  openedTabs.length = 0
  for (const event of Object.values(fakeBrowser.omnibox)) if ('listeners' in event) event.listeners.clear()
})

const setUp = async (username: string, more: Partial<PatientPage> = {}) => {
  const worker = createWorker()
  const connection = await signInAs(worker, await configure(worker, riverside.url), { username })
  watchOmnibox({
    isLocked: worker.lock.isLocked,
    whileOpen: worker.lock.whileOpen,
    connections: async () => (await worker.state()).connections,
    search: async (...given) => ({ ...(await worker.answers['search-patients'](...given)), ...more }),
    pause: 0,
  })
  const [changed] = fakeBrowser.omnibox.onInputChanged.listeners
  const [entered] = fakeBrowser.omnibox.onInputEntered.listeners
  const type = async (text: string): Promise<Suggestion[] | undefined> => {
    let suggested: Suggestion[] | undefined
    await changed?.(text, (found) => {
      suggested = found as Suggestion[]
    })
    return suggested
  }
  return { connection, type, enter: async (text: string) => entered?.(text, 'currentTab') }
}

it('suggests the patients of the clinician’s organization, and tells namesakes apart', async () => {
  const { type } = await setUp('lee')
  const suggested = await type('jane doe')
  expect(suggested?.length).toBeGreaterThan(1)
  expect(new Set(suggested?.map(({ description }) => description)).size).toBe(suggested?.length)
  expect(suggested?.some(({ description }) => /Jane Doe · 15 Jan 1980 · /.test(description))).toBe(true)
  expect(shownInAddressBar.description).toBe('Search patients at Riverside Clinic')
})

it('opens the chosen patient, at an address that names nobody', async () => {
  const { connection, type, enter } = await setUp('lee')
  const suggested = await type('1980-01-15 doe')
  expect(suggested?.[0]?.content).toBe('1980-01-15 doe #1')
  await enter(suggested?.[0]?.content ?? '')
  expect(openedTabs).toEqual([fakeBrowser.runtime.getURL('extension/popup/index.html')])
  expect(await items.place.get()).toMatchObject({
    connectionId: connection.id,
    patient: { name: 'Jane Doe', birthDate: '1980-01-15' },
  })
  expect(await storedText('local')).not.toMatch(/jane/i)
})

it('searches for the typed text when no suggestion was chosen', async () => {
  const { connection, enter } = await setUp('lee')
  await enter('john doe')
  expect(await items.place.get()).toEqual({
    connectionId: connection.id,
    typed: { anything: 'john doe' },
    asked: { anything: { names: ['john', 'doe'] } },
  })
})

it('answers only the latest input', async () => {
  const { type } = await setUp('lee')
  const [first, second] = await Promise.all([type('do'), type('doe')])
  expect(first).toBeUndefined()
  expect(second?.length).toBeGreaterThan(0)
})

it('says so when nobody matches, and sends no request for one letter', async () => {
  const { type } = await setUp('lee')
  expect(await type('Nobodyhasthisname')).toEqual([])
  expect(shownInAddressBar.description).toBe('No patient at Riverside Clinic matches')
  expect(await type('d')).toEqual([])
})

it.each<[string, Partial<PatientPage>]>([
  ['left somebody out', { omitted: 1 }],
  ['counts more than it gives', { total: 7 }],
  ['links to another organization', { warning: { code: 'foreign-link' } }],
])('does not say that nobody matches if the organization %s', async (_what, more) => {
  const { type } = await setUp('lee', more)
  expect(await type('Nobodyhasthisname')).toEqual([])
  expect(shownInAddressBar.description).toBe('Search patients at Riverside Clinic')
})

it('searches only for a clinician', async () => {
  const { type, enter } = await setUp('john')
  expect(await type('doe')).toEqual([])
  expect(shownInAddressBar.description).toMatch(/^Sign in as a clinician first/)
  await enter('doe')
  expect(await items.place.get()).toEqual({})
})

it.each([
  ['DOE jane', 'Jane Doe'],
  ['doe 15.1.1980', 'Jane Doe'],
  ['15 January 1980', 'Jane Doe'],
])('finds by %j as the one box of the popup does', async (input, name) => {
  const { type } = await setUp('lee')
  expect((await type(input))?.map(({ description }) => description).join()).toContain(name)
})
