import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { beginKnownLog } from '../../../extension/access-log/watch/known-log.ts'
import { changeKnownLog } from '../../../extension/access-log/watch/known-logs.ts'
import { items } from '../../../extension/storage/items.ts'
import type { StoredKnownLog } from '../../../extension/storage/stored-log.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { watchLog } from '../../fixtures/watched-log.ts'
import { lookNow, restartBrowser, storedText } from '../../fixtures/worker.ts'

const watched = watchLog()
const { local } = fakeBrowser.storage

const fresh = (many: number, id: string): StoredKnownLog['fresh'] =>
  Array.from({ length: many }, (_, at) => ({ id: `${id}${at}`, at: 1, since: 1 }))

describe('F57 what Carekey keeps of the logs of one organization has a limit', () => {
  const keep = (more: Partial<StoredKnownLog>, connectionId = watched.connectionId) =>
    changeKnownLog(connectionId, (known = beginKnownLog(0)) => ({ ...known, ...more }))
  const addOrganizations = async (many: number) => {
    const connection = await items.connections.find(watched.connectionId)
    for (let at = 0; connection && at < many; at++)
      await items.connections.put(`c${at}`, { ...connection, id: `c${at}`, providerId: `p${at}` })
  }
  beforeEach(async () => {
    await watched.signIn()
    await watched.seeAll()
  })

  it.each([
    ['plain letters', 'x', 520_000],
    ['letters that are escaped', '\\', 260_000],
    ['letters that some browsers write as six', '<', 90_000],
    ['letters of other alphabets', 'ж', 90_000],
  ])('a place to read on at is dropped above it: %s', async (_what, letter, many) => {
    await keep({ isBehind: true, resume: letter.repeat(many / 2) })
    expect((await watched.known())?.resume).toHaveLength(many / 2)
    await keep({ resume: letter.repeat(many) })
    expect((await watched.known())?.resume).toBeUndefined()
    expect((await watched.known())?.isBehind).toBe(true)
    expect((await watched.badge()).text).toBe('+')
  })

  it('accesses above it are not kept, and the toolbar says that there may be some; alarms are kept', async () => {
    await keep({ fresh: fresh(2, 'x') })
    const before = await watched.known()
    await keep({ fresh: fresh(200, '<'.repeat(500)) })
    expect(await watched.known()).toEqual({ ...before, isBehind: true })
    expect((await watched.badge()).text).toBe('2+')
    await keep({ fresh: fresh(200, '<'.repeat(500)), alarms: [''], alarmedUpTo: 9 })
    expect(await watched.known()).toMatchObject({ alarms: [''], alarmedUpTo: 9, fresh: before?.fresh })
    expect((await watched.badge()).text).toMatch(/^!/)
  })

  it('an access that was on screen is forgotten one by one above it if its numbers say so, but no erasure', async () => {
    const accesses: StoredKnownLog['seen']['accesses'] = [
      { id: 'x'.repeat(400_000), number: 1 },
      { id: 'erased', number: 1, isErasure: true },
      { id: 'later', number: 2 },
      { id: 'without a number' },
    ]
    const { seen = beginKnownLog(0).seen } = (await watched.known()) ?? {}
    await keep({ seen: { ...seen, through: 1, accesses } })
    expect((await watched.known())?.seen.accesses).toEqual(accesses)
    await keep({ fresh: fresh(200, 'x'.repeat(1_000)) })
    expect((await watched.known())?.seen.accesses).toEqual(accesses.slice(1))
    expect((await watched.badge()).text).toBe('200')
  })

  it('what raises an alarm is kept above it: proofs that were withheld, and reads that the log lacks', async () => {
    await keep({ fresh: fresh(200, '<'.repeat(500)), failures: 3, completeness: 'lost', lostReads: 7 })
    expect(await watched.known()).toMatchObject({
      failures: 3,
      completeness: 'lost',
      lostReads: 7,
      fresh: [],
    })
    expect((await watched.badge()).text).toMatch(/^!/)
    const missingReads = [{ id: 'read', at: 1, what: 'Observation' }]
    await keep({ fresh: fresh(200, '<'.repeat(500)), missingReads })
    expect(await watched.known()).toMatchObject({ missingReads, failures: 3 })
  })

  it('all of its connections share it', async () => {
    const first = watched.connectionId
    await watched.signInAgain({ sub: 'john-again' })
    expect(watched.connectionId).not.toBe(first)
    await keep({ resume: 'x'.repeat(400_000) }, first)
    await keep({ resume: 'x'.repeat(200_000) })
    expect((await watched.known())?.resume).toBeUndefined()
    await keep({ resume: 'x'.repeat(50_000) })
    expect((await watched.known())?.resume).toHaveLength(50_000)
  })

  it('many organizations have less each, and what is there already may stay', async () => {
    await keep({ resume: 'x'.repeat(300_000) })
    await addOrganizations(30)
    await keep({ resume: 'x'.repeat(200_000) })
    expect((await watched.known())?.resume).toBeUndefined()
    await keep({ resume: 'x'.repeat(100_000) })
    expect((await watched.known())?.resume).toHaveLength(100_000)
  })

  it('a later sign-in with another name takes no place to read on at along', async () => {
    await keep({ isBehind: true, resume: 'x' })
    await watched.signInAgain({ sub: 'john-again' }, 'openid patient/Observation.rs')
    await lookNow(watched.worker)
    expect(await watched.known()).toMatchObject({ isBehind: true, completeness: 'lost' })
    expect((await watched.known())?.resume).toBeUndefined()
  })
})

describe('F71 if storage is full', () => {
  /** From now on, this browser's `storage.local` has room for so many more characters. */
  const limit = async (free: number) => {
    const set = local.set
    const most = (await storedText('local')).length + free
    vi.spyOn(local, 'set').mockImplementation(async (values) => {
      if (JSON.stringify({ ...(await local.get()), ...values }).length > most)
        throw new Error('Resource::kQuotaBytes quota exceeded')
      return set(values)
    })
  }
  const title = 'Carekey\n1 new access to your record at Riverside Clinic'
  afterEach(() => vi.restoreAllMocks())
  beforeEach(async () => {
    await watched.signIn()
    await watched.seeAll()
    watched.pass(30)
    await limit(0)
    watched.add('Dr. Lee')
    watched.signAll()
  })

  it('an access that a look finds is counted, and the toolbar says that it is kept until the browser closes', async () => {
    await watched.look()
    expect((await watched.badge()).text).toBe('1+')
    expect((await watched.badge()).title).toContain(`${title}\nThis browser has no storage left`)
    expect(await watched.connection()).toMatchObject({ newAccesses: { count: 1 } })
    await watched.look()
    expect((await watched.badge()).text).toBe('1+')
  })

  it('an alarm that a look raises is shown', async () => {
    const [, known] = watched.logging.log.entries
    if (known) known.hidden = true
    await watched.look()
    expect((await watched.badge()).text).toMatch(/^!/)
  })

  it('what was on screen is not announced again until the browser closes, and the page says that storage is full', async () => {
    await watched.look()
    const [first] = await watched.seeAll()
    expect(first?.proof).toMatchObject({ outcome: 'unchecked', problem: { code: 'storage-full' } })
    await watched.look()
    expect(await watched.connection()).not.toHaveProperty('newAccesses')
    await restartBrowser()
    await watched.signInAgain({})
    await watched.look()
    expect(await watched.connection()).toMatchObject({ newAccesses: { count: 1 } })
  })

  it('a first list is read and judged, and its accesses are announced', async () => {
    await items.knownLogs.remove()
    vi.restoreAllMocks()
    await limit(0)
    const [first] = await watched.readAll()
    expect(first?.entries).toHaveLength(6)
    watched.pass(30)
    watched.add('Dr. Lee')
    watched.signAll()
    await watched.look()
    expect(await watched.connection()).toMatchObject({ newAccesses: { count: 2 } })
  })

  it('everything is stored once there is room', async () => {
    await watched.look()
    vi.restoreAllMocks()
    await watched.look()
    expect((await watched.badge()).title).toBe(title)
    expect((await watched.known())?.fresh).toHaveLength(1)
    expect(await storedText('session')).not.toContain('readUpTo')
  })
})
