import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { watchSnapshot } from '../../../extension/background/keep-snapshot.ts'
import { findSnapshot } from '../../../extension/messages/snapshot.ts'
import type { State } from '../../../extension/messages/state.ts'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser, resetBrowser } from '../../fakes/browser.ts'
import '../../fixtures/hastened-pins.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import {
  configure,
  createProfile,
  createWorker,
  restartBrowser,
  signInAs,
  storedText,
  type Worker,
} from '../../fixtures/worker.ts'

const pin = '493817'

let riverside: TestOrganization
beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(resetBrowser)
afterEach(() => vi.restoreAllMocks())

const signedIn = async () => {
  const profile = createProfile()
  const worker = createWorker(profile)
  const provider = await configure(worker, riverside.url, { clientSecret: '' })
  const { id } = await signInAs(worker, provider, { username: 'john', window: 'day' })
  await worker.state()
  return { profile, worker, provider, connectionId: id }
}

/** Whom the popup's first frame would show as signed in. */
const whoIsShown = async (): Promise<string[]> =>
  ((await findSnapshot())?.connections ?? []).flatMap(({ signedIn, patient }) =>
    signedIn && patient ? patient.name : [],
  )

it('the popup’s first frame shows what the worker last answered, without tokens and secrets', async () => {
  const { worker, connectionId } = await signedIn()
  const state = await worker.state()
  await vi.waitFor(async () => expect(await findSnapshot()).toEqual(state))
  expect(await whoIsShown()).toEqual(['John Doe'])
  const tokens = await worker.sessions.tokens(connectionId)
  expect(tokens).toHaveLength(2)
  for (const token of tokens) expect(JSON.stringify(await findSnapshot())).not.toContain(token)
})

describe('when this is told, the first frame shows nobody any more:', () => {
  const ends: [string, (worker: Worker, connectionId: string, providerId: string) => Promise<unknown>][] = [
    ['a sign-out', ({ answers }, connectionId) => answers['sign-out']({ connectionId })],
    ['a sign-out everywhere', ({ answers }) => answers['disconnect-everywhere'](undefined)],
    ['a removed connection', ({ answers }, connectionId) => answers['remove-connection']({ connectionId })],
    ['a removed provider', ({ answers }, _, providerId) => answers['remove-provider']({ providerId })],
    ['an ended session', ({ sessions }, connectionId) => sessions.end(connectionId)],
  ]
  it.each(ends)('%s', async (_, end) => {
    const { worker, connectionId, provider } = await signedIn()
    await vi.waitFor(async () => expect(await whoIsShown()).toEqual(['John Doe']))
    await end(worker, connectionId, provider.id)
    expect(await whoIsShown()).toEqual([])
    await worker.state()
    await vi.waitFor(async () => expect(await findSnapshot()).toBeDefined())
    expect(await whoIsShown()).toEqual([])
  })

  it('a closed lock, of which nothing is kept in memory either', async () => {
    const { worker } = await signedIn()
    await worker.answers['set-lock']({ lock: { pin }, after: 15 })
    await worker.state()
    await vi.waitFor(async () => expect(await whoIsShown()).toEqual(['John Doe']))
    await worker.answers.lock(undefined)
    expect(await findSnapshot()).toBeUndefined()
    await worker.state()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(await findSnapshot()).toBeUndefined()
    expect(await storedText('session')).not.toContain('John')
  })
})

it('a description that began before a sign-out and ends after it is not drawn', async () => {
  const { worker, connectionId } = await signedIn()
  const arrival = Promise.withResolvers<void>()
  const signedOut = Promise.withResolvers<void>()
  const { get } = fakeBrowser.storage.local
  // Read after the session, and by no sign-out.
  vi.spyOn(fakeBrowser.storage.local, 'get').mockImplementation(async (key) => {
    if (key !== items.logForks.key) return get(key)
    arrival.resolve()
    await signedOut.promise
    return {}
  })
  const state = worker.state()
  await arrival.promise
  await worker.answers['sign-out']({ connectionId })
  signedOut.resolve()
  expect((await state).connections).toMatchObject([{ signedIn: true }])
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(await whoIsShown()).toEqual([])
})

const hour = 3_600_000

it.each([
  ['once the window that the person chose is over', 24 * hour, {}],
  ['once the window that the administration allows is over', hour, { longestWindow: 'hour' }],
])('nobody is shown %s, even if no worker has noticed', async (_, time, policy) => {
  await fakeBrowser.storage.managed.set(policy)
  await signedIn()
  await vi.waitFor(async () => expect(await whoIsShown()).toEqual(['John Doe']))
  const now = Date.now()
  vi.spyOn(Date, 'now').mockReturnValue(now + time - 60_000)
  expect(await whoIsShown()).toEqual(['John Doe'])
  vi.spyOn(Date, 'now').mockReturnValue(now + time + 1000)
  expect(await whoIsShown()).toEqual([])
})

it('nobody is shown once the idle time of the lock is over, even if no worker has noticed', async () => {
  const { worker } = await signedIn()
  await worker.answers['set-lock']({ lock: { pin }, after: 15 })
  await worker.state()
  await vi.waitFor(async () => expect(await whoIsShown()).toEqual(['John Doe']))
  const now = Date.now()
  vi.spyOn(Date, 'now').mockReturnValue(now + 10 * 60_000)
  expect(await whoIsShown()).toEqual(['John Doe'])
  // A person is active, which makes the idle time begin again.
  await worker.answers.used(undefined)
  vi.spyOn(Date, 'now').mockReturnValue(now + 20 * 60_000)
  await vi.waitFor(async () => expect(await whoIsShown()).toEqual(['John Doe']))
  vi.spyOn(Date, 'now').mockReturnValue(now + 26 * 60_000)
  expect(await whoIsShown()).toEqual([])
})

it('nobody is shown whom a new policy no longer allows, even if no worker has noticed', async () => {
  await signedIn()
  await vi.waitFor(async () => expect(await whoIsShown()).toEqual(['John Doe']))
  await fakeBrowser.storage.managed.set({ allowedProviders: ['https://clinic.example'] })
  expect(await findSnapshot()).toBeUndefined()
})

it('nobody is shown after the browser started again, until the worker has described the state', async () => {
  const { profile } = await signedIn()
  await vi.waitFor(async () => expect(await whoIsShown()).toEqual(['John Doe']))
  await restartBrowser()
  expect(await findSnapshot()).toBeUndefined()
  const worker = createWorker(profile)
  await worker.settle()
  await worker.state()
  await worker.state()
  await vi.waitFor(async () => expect(await whoIsShown()).toEqual(['John Doe']))
})

it('after the next person has signed in, the first frame shows them, and nothing of the one before', async () => {
  const { worker, provider, connectionId } = await signedIn()
  await worker.answers['remember-place']({ place: { connectionId, typed: { anything: 'Doe, J' } } })
  await worker.answers['remove-connection']({ connectionId })
  await signInAs(worker, provider, { username: 'jane' })
  await worker.state()
  await vi.waitFor(async () => expect(await whoIsShown()).toEqual(['Jane Doe']))
  expect(JSON.stringify(await findSnapshot())).not.toMatch(/John|Doe, J/)
})

describe('the worker keeps the snapshot without being asked', () => {
  const watch = async (worker: Worker) => {
    const state = vi.fn<() => Promise<State>>(worker.state)
    watchSnapshot(state)
    return state
  }

  it('after it has started, and after each change, so that the next first frame is the current one', async () => {
    const { worker, connectionId } = await signedIn()
    await fakeBrowser.storage.session.remove('snapshot')
    await watch(worker)
    await vi.waitFor(async () => expect(await whoIsShown()).toEqual(['John Doe']))
    const place = { connectionId, typed: { anything: 'Doe' } }
    await worker.answers['remember-place']({ place })
    expect(await findSnapshot()).toBeUndefined()
    await vi.waitFor(async () => expect((await findSnapshot())?.place).toEqual(place))
  })

  it('under the policy in force, also when that changes', async () => {
    const { worker } = await signedIn()
    await watch(worker)
    await vi.waitFor(async () => expect(await whoIsShown()).toEqual(['John Doe']))
    await fakeBrowser.storage.managed.set({ allowedProviders: ['https://clinic.example'] })
    await vi.waitFor(async () => expect((await findSnapshot())?.policy).toBeDefined())
    expect((await findSnapshot())?.providers).toEqual([])
  })

  it('and does not describe the state again because of the snapshot itself', async () => {
    const { worker } = await signedIn()
    const state = await watch(worker)
    await vi.waitFor(() => expect(state).toHaveBeenCalled())
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(state.mock.calls.length).toBeLessThanOrEqual(2)
  })

  it('and without room for it, still answers', async () => {
    const { worker } = await signedIn()
    await items.place.set({ home: true })
    const { set } = fakeBrowser.storage.session
    vi.spyOn(fakeBrowser.storage.session, 'set').mockImplementation(async (values) => {
      if ('snapshot' in values) throw new Error('Session storage quota bytes exceeded')
      return set(values)
    })
    expect((await worker.state()).connections).toHaveLength(1)
    expect(await findSnapshot()).toBeUndefined()
  })
})
