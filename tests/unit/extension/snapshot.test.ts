import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findSnapshot, readPolicyText, type Snapshot } from '../../../extension/messages/snapshot.ts'
import type { State } from '../../../extension/messages/state.ts'
import { removeTogether } from '../../../extension/storage/area.ts'
import { beginSnapshot } from '../../../extension/storage/drop-snapshot.ts'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser } from '../../fakes/browser.ts'

const { session, local, managed } = fakeBrowser.storage
const now = 1_000_000

beforeEach(() => {
  vi.spyOn(Date, 'now').mockReturnValue(now)
})
afterEach(async () => {
  vi.restoreAllMocks()
  for (const area of [session, local, managed]) await area.clear()
})

const state: State = {
  ...{ providers: [], connections: [], launched: [], place: { home: true } },
  ...{ units: 'metric', redirectUri: 'r' },
}
const snapshot: Snapshot = { state, policy: '{}', from: now }

/** Describes nothing in between. */
const keep = (change: Partial<Snapshot> = {}) => beginSnapshot()({ ...snapshot, ...change })
const stored = async () => Object.keys(await session.get()).includes('snapshot')

describe('a snapshot is never drawn', () => {
  it('if there is none', async () => {
    expect(await findSnapshot()).toBeUndefined()
  })

  it('once a session has ended, or the lock has closed', async () => {
    await keep({ until: now + 1 })
    expect(await findSnapshot()).toEqual(state)
    await keep({ until: now })
    expect(await findSnapshot()).toBeUndefined()
  })

  it('if the clock was set back', async () => {
    await keep({ from: now + 1 })
    expect(await findSnapshot()).toBeUndefined()
  })

  it('under another policy than the one that it was described under', async () => {
    await keep({ policy: await readPolicyText() })
    expect(await findSnapshot()).toEqual(state)
    await managed.set({ locked: ['providers'] })
    expect(await findSnapshot()).toBeUndefined()
    await keep({ policy: await readPolicyText() })
    expect(await findSnapshot()).toEqual(state)
    await managed.clear()
    expect(await findSnapshot()).toBeUndefined()
  })

  it('if it cannot be read', async () => {
    await keep()
    vi.spyOn(session, 'get').mockRejectedValue(new Error('out of order'))
    expect(await findSnapshot()).toBeUndefined()
  })
})

it('a popup without a snapshot does not wait for the policy', async () => {
  vi.spyOn(managed, 'get').mockReturnValue(new Promise(() => undefined))
  expect(await findSnapshot()).toBeUndefined()
})

it('in Firefox, which reports an error without a policy, a snapshot is drawn', async () => {
  vi.spyOn(managed, 'get').mockRejectedValue(new Error('Managed storage manifest not found'))
  await keep({ policy: await readPolicyText() })
  expect(await findSnapshot()).toEqual(state)
})

describe('a change of what pages show', () => {
  it.each([
    ['in memory', 'session', () => items.place.set({ home: true })],
    ['on the disk', 'local', () => items.connections.update((all) => ({ ...all }))],
    ['that deletes a value', 'local', () => removeTogether('local', ['lock'])],
  ] as const)('%s deletes the snapshot before it is written', async (_title, area, change) => {
    await keep()
    const snapshots: boolean[] = []
    for (const method of ['set', 'remove'] as const) {
      const write = fakeBrowser.storage[area][method] as (values: unknown) => Promise<void>
      vi.spyOn(fakeBrowser.storage[area], method).mockImplementation(async (values: unknown) => {
        if (values !== 'snapshot') snapshots.push(await stored())
        return write(values)
      })
    }
    await change()
    expect(snapshots).toEqual([false])
    expect(await findSnapshot()).toBeUndefined()
  })

  it('that ran while the state was described leaves no snapshot of it', async () => {
    const store = beginSnapshot()
    await items.place.set({ home: true })
    await store(snapshot)
    expect(await findSnapshot()).toBeUndefined()
  })

  it('that was running when the state began to be described leaves no snapshot of it', async () => {
    const writing = Promise.withResolvers<void>()
    vi.spyOn(session, 'set').mockReturnValueOnce(writing.promise)
    const change = items.place.set({ home: true })
    const store = beginSnapshot()
    writing.resolve()
    await change
    await store(snapshot)
    expect(await findSnapshot()).toBeUndefined()
  })

  it('that is still running leaves no snapshot, of whatever began to be described before', async () => {
    const store = beginSnapshot()
    const writing = Promise.withResolvers<void>()
    const set = vi.spyOn(session, 'set').mockReturnValueOnce(writing.promise)
    const change = items.place.set({ home: true })
    await vi.waitFor(() => expect(set).toHaveBeenCalled())
    await store(snapshot)
    expect(await stored()).toBe(false)
    writing.resolve()
    await change
  })

  it('that comes while a snapshot is being stored deletes it afterwards', async () => {
    const arrival = Promise.withResolvers<void>()
    const { set } = session
    vi.spyOn(session, 'set').mockImplementationOnce(async (values) => {
      await arrival.promise
      return set(values)
    })
    const keeping = keep()
    const change = items.place.set({ home: true })
    arrival.resolve()
    await Promise.all([keeping, change])
    expect(await stored()).toBe(false)
  })

  it('is not made if the snapshot cannot be deleted', async () => {
    await items.place.set({ home: true })
    await keep()
    vi.spyOn(session, 'remove').mockRejectedValueOnce(new Error('out of order'))
    await expect(items.place.set({ connectionId: 'c' })).rejects.toThrow('out of order')
    expect(await items.place.get()).toEqual({ home: true })
    await items.place.set({ connectionId: 'c' })
    expect(await findSnapshot()).toBeUndefined()
  })
})

it('a change of what no page of the state shows keeps the snapshot', async () => {
  await keep()
  await items.lastSearches.put('c', { query: {}, page: { patients: [] }, readAt: now })
  expect(await findSnapshot()).toEqual(state)
})
