import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { watchOmnibox } from '../../../extension/background/omnibox.ts'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser, openedTabs, shownInAddressBar } from '../../fakes/browser.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { clearBrowser, configure, createWorker, signInAs, storedText } from '../../fixtures/worker.ts'

interface Suggestion {
  content: string
  description: string
}

let riverside: TestOrganization
let other: TestOrganization
beforeAll(async () => {
  ;[riverside, other] = await Promise.all([
    startOrganization({ demo: 'riverside' }),
    startOrganization({ demo: 'riverside' }),
  ])
})
afterAll(() => Promise.all([riverside.close(), other.close()]))
beforeEach(async () => {
  await clearBrowser()
  openedTabs.length = 0
  for (const event of Object.values(fakeBrowser.omnibox)) if ('listeners' in event) event.listeners.clear()
})

/** Signs in at these organizations as this person, and watches the address bar. */
const setUp = async (username: string, organizations = [riverside]) => {
  const worker = createWorker()
  const connections = []
  for (const { url } of organizations)
    connections.push(await signInAs(worker, await configure(worker, url), { username }))
  watchOmnibox({
    isLocked: worker.lock.isLocked,
    whileOpen: worker.lock.whileOpen,
    connections: async () => (await worker.state()).connections,
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
  const enter = async (text: string) => entered?.(text, 'currentTab')
  return { worker, connectionIds: connections.map(({ id }) => id), type, enter }
}

const hostOf = ({ url }: TestOrganization): string => new URL(url).host
const search = (connectionId: string | undefined, typed: string, names: string[]) => ({
  connectionId,
  typed: { anything: typed },
  asked: { anything: { names } },
})

describe('with one organization where a clinician is signed in', () => {
  it('the first line names it and its host, and Enter searches there', async () => {
    const { connectionIds, type, enter } = await setUp('lee')
    expect(await type('john doe')).toEqual([])
    expect(shownInAddressBar.description).toBe(`Search patients at Riverside Clinic (${hostOf(riverside)})`)
    await enter('john doe')
    expect(await items.place.get()).toEqual(search(connectionIds[0], 'john doe', ['john', 'doe']))
    expect(openedTabs).toEqual([fakeBrowser.runtime.getURL('extension/popup/index.html')])
    expect(await storedText('local')).not.toMatch(/john/i)
  })

  it('nothing is searched for before a line has named it', async () => {
    const { enter } = await setUp('lee')
    await enter('john doe')
    expect(await items.place.get()).toEqual({ home: true })
  })

  it('nothing is searched for after the person signed out there', async () => {
    const { worker, connectionIds, type, enter } = await setUp('lee')
    await type('john doe')
    await worker.sessions.end(connectionIds[0] ?? '')
    await enter('john doe')
    expect(await items.place.get()).toEqual({})
  })

  it('nothing is searched for at another one that takes its place after the line was shown', async () => {
    const { worker, connectionIds, type, enter } = await setUp('lee')
    await type('john doe')
    await signInAs(worker, await configure(worker, other.url), { username: 'lee' })
    await worker.sessions.end(connectionIds[0] ?? '')
    await enter('john doe')
    expect(await items.place.get()).toEqual({ home: true })
  })
})

describe('with several organizations that say that the person is a clinician', () => {
  it('the first line names none and searches nowhere', async () => {
    const { type, enter } = await setUp('lee', [riverside, other])
    await type('doe')
    expect(shownInAddressBar.description).toBe('Choose below where to search')
    await enter('doe')
    expect(await items.place.get()).toEqual({ home: true })
  })

  it('each has a line that names it, and the chosen one is searched', async () => {
    const { connectionIds, type, enter } = await setUp('lee', [riverside, other])
    const suggested = await type('doe')
    for (const { url } of [riverside, other]) {
      const host = new URL(url).host
      const line = suggested?.find(({ description }) => description.includes(host))
      expect(line?.content, 'also the address bar names it').toMatch(/^doe · Riverside Clinic \(/)
      expect(line?.content).toContain(host)
    }
    const line = suggested?.find(({ description }) => description.includes(hostOf(other)))
    await enter(line?.content ?? '')
    expect(await items.place.get()).toEqual(search(connectionIds[1], 'doe', ['doe']))
  })

  it('the one that was open last comes first', async () => {
    const { connectionIds, type } = await setUp('lee', [riverside, other])
    for (const [at, organization] of [riverside, other].entries()) {
      await items.place.set({ connectionId: connectionIds[at] as string })
      expect((await type('doe'))?.[0]?.description).toContain(hostOf(organization))
    }
  })
})

it('typing sends nothing to any organization', async () => {
  const { type } = await setUp('lee', [riverside, other])
  const sent = vi.spyOn(globalThis, 'fetch')
  for (const text of ['d', 'do', 'doe', 'doe 1980-01-15']) await type(text)
  expect(sent).not.toHaveBeenCalled()
  sent.mockRestore()
})

it('shows only what the latest input is given', async () => {
  const { type } = await setUp('lee', [riverside, other])
  const [first, second] = await Promise.all([type('do'), type('doe')])
  expect(first).toBeUndefined()
  expect(second?.length).toBe(2)
})

it('searches only for a clinician', async () => {
  const { type, enter } = await setUp('john')
  expect(await type('doe')).toEqual([])
  expect(shownInAddressBar.description).toMatch(/^Sign in as a clinician first/)
  await enter('doe')
  expect(await items.place.get()).toEqual({})
})

it('reads a day as the one box of the popup does', async () => {
  const { type, enter } = await setUp('lee')
  await type('doe 15.1.1980')
  await enter('doe 15.1.1980')
  expect((await items.place.get()).asked).toEqual({ anything: { names: ['doe'], birthdate: '1980-01-15' } })
})
