import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Stores } from '../../extension/background/create-worker.ts'
import type { Connection, State } from '../../extension/messages/state.ts'
import { redirectAddress } from '../../values/extension-addresses.ts'
import { fakeBrowser } from '../fakes/browser.ts'
import { createCopyStore, createKeyStore, createPairStore, createRequestStore } from '../fakes/key-store.ts'
import { liveFor, step, stepwise } from '../fakes/lives.ts'
import { createLocks } from '../fakes/locks.ts'
import { ADDRESSES, type MockProvider, startMockProvider } from '../fakes/mock-provider.ts'
import '../fixtures/hastened-pins.ts'
import { clearBrowser, restartBrowser, storedText, type Worker } from '../fixtures/worker.ts'
import { buildLives } from '../fixtures/worker-lives.ts'

// The browser outlives them all.
const { storage } = fakeBrowser
const outliving = {
  ...fakeBrowser,
  storage: { ...storage, local: stepwise(storage.local), session: stepwise(storage.session) },
}
const nextLife = await buildLives()

const PIN = '493817'

let mock: MockProvider
let profile: Stores

/** A browser in which nobody was ever signed in. */
const clear = async (): Promise<void> => {
  await clearBrowser()
  profile = {
    keys: stepwise(createKeyStore()),
    pairs: stepwise(createPairStore()),
    copies: stepwise(createCopyStore()),
    requests: stepwise(createRequestStore()),
  }
}

beforeEach(async () => {
  mock = await startMockProvider()
  fakeBrowser.identity.launchWebAuthFlow = async ({ url }) => {
    const { headers } = await fetch(url, { redirect: 'manual' })
    return headers.get('location') ?? ''
  }
  const { fetch: usual } = globalThis
  const stepping: typeof fetch = async (...given) => {
    await step()
    const answer = await usual(...given)
    await step()
    return answer
  }
  vi.stubGlobal('fetch', stepping)
  return async () => {
    vi.unstubAllGlobals()
    await mock.close()
  }
})

/** Starts another life of the worker on the same profile; nothing from an earlier worker is in memory. */
const wake = async (): Promise<Worker> => {
  Object.defineProperty(navigator, 'locks', { value: createLocks(), configurable: true })
  const worker = nextLife(outliving).createWorker(profile)
  await worker.settle()
  return { ...worker, state: () => worker.answers.state(undefined) }
}

const addProvider = (worker: Worker) =>
  worker.providers.save({
    name: mock.name,
    clientId: 'mock-client',
    fhirBase: `${mock.origin}/fhir`,
    authorizationEndpoint: `${mock.origin}${ADDRESSES.authorize}`,
    redirectUri: redirectAddress(fakeBrowser.identity.getRedirectURL(), `${mock.origin}/fhir`),
  })

const signIn = async (worker: Worker): Promise<void> => {
  const [provider = await addProvider(worker)] = await worker.providers.list()
  await worker.signIn({ providerId: provider.id, purpose: 'record' })
}

const revoked = () => mock.requestsTo(ADDRESSES.revoke).length
let revokedBefore = 0

const signInAndCount = async (worker: Worker): Promise<void> => {
  await signIn(worker)
  revokedBefore = revoked()
}

const only = ({ connections }: State): Connection => {
  const [connection] = connections
  if (!connection || connections.length !== 1) throw new Error('There is not one connection.')
  return connection
}

const read = async (worker: Worker): Promise<void> => {
  const { id, patient } = only(await worker.state())
  const { weights } = Object(await worker.answers.vitals({ connectionId: id, patient: patient?.id ?? '' }))
  expect(JSON.stringify(weights ?? {})).not.toContain('problem')
}

interface Deed {
  readonly before: (worker: Worker) => Promise<unknown>
  readonly act: (worker: Worker) => Promise<unknown>
  /** Conditions that must hold in the next life, besides those that must always hold. */
  readonly after: (state: State, worker: Worker) => Promise<void> | void
}

const connectionId = async (worker: Worker) => only(await worker.state()).id
const lockIt = (worker: Worker) => worker.lock.set({ lock: { pin: PIN }, after: 15 })
const everywhere = async () => `${await storedText('local')}${await storedText('session')}`

const deeds: Record<string, Deed> = {
  'signing in': {
    before: addProvider,
    act: signIn,
    after: ({ connections, flow }) => {
      if (connections.length === 0) expect([undefined, 'interrupted']).toContain(flow?.status)
      else expect(only({ connections } as State).signedIn).toBe(true)
    },
  },
  'renewing after a start of the browser': {
    before: async (worker) => {
      await signIn(worker)
      await restartBrowser()
    },
    act: read,
    after: (state) => expect(only(state).signedIn).toBe(true),
  },
  'signing out': {
    before: signInAndCount,
    act: async (worker) => worker.signOut(await connectionId(worker)),
    after: async (state) => {
      const isTold = revoked() > revokedBefore
      // The organization is told only of what has ended here.
      if (only(state).signedIn) return expect(isTold).toBe(false)
      expect(isTold || (await storedText('local')).includes('"revocations"')).toBe(true)
    },
  },
  removing: {
    before: signInAndCount,
    act: async (worker) => worker.removeConnection(await connectionId(worker)),
    after: async ({ connections }) => {
      if (connections.length === 0) expect(await everywhere()).not.toMatch(/Mara|"mara"/)
      else expect(revoked()).toBe(revokedBefore)
    },
  },
  'setting a lock': {
    before: signIn,
    act: lockIt,
    after: (state) => expect(only(state).signedIn).toBe(true),
  },
  'changing the PIN': {
    before: async (worker) => {
      await signIn(worker)
      await lockIt(worker)
    },
    act: (worker) => worker.lock.set({ lock: { pin: PIN }, after: 5, now: { pin: PIN } }),
    after: (state) => expect(only(state).signedIn).toBe(true),
  },
  locking: {
    before: async (worker) => {
      await signIn(worker)
      await lockIt(worker)
    },
    act: (worker) => worker.lock.close(),
    after: (state) => expect(only(state).signedIn).toBe(true),
  },
  unlocking: {
    before: async (worker) => {
      await signIn(worker)
      await lockIt(worker)
      await worker.lock.close()
    },
    act: (worker) => worker.lock.unlock({ pin: PIN }),
    after: (state) => expect(only(state).signedIn).toBe(true),
  },
  'taking the lock away': {
    before: async (worker) => {
      await signIn(worker)
      await lockIt(worker)
    },
    act: (worker) => worker.lock.remove({ pin: PIN }),
    after: (state) => expect(only(state).signedIn).toBe(true),
  },
  forgetting: {
    before: async (worker) => {
      await signIn(worker)
      await lockIt(worker)
      await worker.lock.close()
    },
    act: (worker) => worker.lock.forget(),
    after: async ({ lock, connections }) => {
      if (lock) return
      expect(connections).toEqual([])
      expect(await everywhere()).not.toMatch(/Mara|"mara"/)
    },
  },
}

/** What the next worker finds: nothing unencrypted while locked, and the old or the new state once the lock is open. */
const examine = async ({ after }: Deed): Promise<void> => {
  const worker = await wake()
  if ((await worker.state()).lock?.locked) {
    const inMemory = await storedText('session')
    for (const secret of ['Mara', ...mock.given.access, ...mock.given.refresh])
      expect(inMemory).not.toContain(secret)
    await worker.lock.unlock({ pin: PIN })
  }
  const state = await worker.state()
  const storage = { ...(await fakeBrowser.storage.local.get()), ...(await fakeBrowser.storage.session.get()) }
  const ids = state.connections.map(({ id }) => id)
  for (const kind of ['grants', 'sessions', 'exposed', 'knownLogs'])
    expect(
      Object.keys(Object(storage[kind])).filter((id) => !ids.includes(id)),
      kind,
    ).toEqual([])
  if (state.connections.some(({ signedIn }) => signedIn)) await read(worker)
  await after(state, worker)
  // Whatever was left over does not prevent anything.
  await worker.answers['dismiss-flow']({ startedAt: state.flow?.startedAt ?? 0 })
  await signIn(worker)
  await read(worker)
}

describe('a worker that the browser ends at any step leaves the old state or the new one', () => {
  test.each(Object.entries(deeds))('%s', { timeout: 300_000 }, async (_name, deed) => {
    let isEnded = false
    let steps = 0
    for (; !isEnded; steps++) {
      await clear()
      const worker = await wake()
      await deed.before(worker)
      const acting = await wake()
      ;({ ended: isEnded } = await liveFor(steps, () => deed.act(acting)))
      await examine(deed)
    }
    // Fewer would mean that steps are not counted.
    expect(steps).toBeGreaterThan(5)
  })
})
