import { beforeEach, describe, expect, it, vi } from 'vitest'
import { forget, forgetLog, ownedBy } from '../../../extension/storage/forget.ts'
import type { Owner } from '../../../extension/storage/item.ts'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { clearBrowser } from '../../fixtures/worker.ts'

/** Values without an owner, with the event that deletes or replaces each of them. */
const ownedByNobody = {
  registrations: 'an administrator forgets it',
  brands: 'the next search',
  revocations: 'the organization was told, or a day',
  unrevoked: 'the person has seen it',
  ended: 'the lock is opened, and the organizations are told',
  lock: 'the person takes it away',
  units: 'the person chooses others',
  lockOffered: 'stays until the lock is forgotten',
  welcomed: 'stays',
  flow: 'the next sign-in, or it is dismissed',
  unlocked: 'the lock closes',
  copyKey: 'a lock is set, or the browser ends',
  closing: 'the lock has closed',
  asleep: 'the lock is opened',
}

const owners: Owner[] = ['grant', 'connection', 'log', 'provider']
const stored = async () => ({
  ...(await fakeBrowser.storage.local.get()),
  ...(await fakeBrowser.storage.session.get()),
})

/** A value in each owned item, for two owners. */
const fill = async () => {
  const rows = (row: object) => ({ gone: { ...row, id: 'gone' }, stays: { ...row, id: 'stays' } })
  const owned = new Set(owners.flatMap((owner) => ownedBy(owner)))
  for (const item of owned) await item.set(rows({}))
  await items.place.set({ connectionId: 'gone' })
  return [...owned].map(({ key }) => key)
}

beforeEach(clearBrowser)

describe('F46 a stored value', () => {
  it('has an owner, or a reason for having none', () => {
    const unowned = Object.entries(items).filter(([, item]) => !('owners' in item && item.owners.length > 0))
    expect(unowned.map(([name]) => name).sort()).toEqual(Object.keys(ownedByNobody).sort())
    for (const [name, { key }] of Object.entries(items)) expect(key).toBe(name)
  })

  it.each([
    [
      'a grant takes',
      'grant',
      ['exposed', 'grants', 'lastSearches', 'nextLooks', 'place', 'recentPatients', 'sessions'],
    ],
    [
      'a connection takes',
      'connection',
      [
        'connections',
        'exposed',
        'grants',
        'knownLogs',
        'lastSearches',
        'nextLooks',
        'place',
        'recentPatients',
        'sessions',
        'unstoredLogs',
      ],
    ],
    ['a log takes', 'log', ['checkpoints', 'knownLogs', 'logForks', 'unstoredLogs']],
    [
      'a provider takes',
      'provider',
      ['checkpoints', 'knownLogs', 'logForks', 'providers', 'secrets', 'unstoredLogs'],
    ],
  ] as const)('%s along all of its values, and nothing else', async (_title, owner, keys) => {
    const filled = await fill()
    await forget(owner, ['gone'])
    const rest = await stored()
    expect(filled.filter((key) => !JSON.stringify(rest[key]).includes('gone')).sort()).toEqual(keys)
    expect(filled.filter((key) => !JSON.stringify(rest[key]).includes('stays'))).toEqual(['place'])
  })

  it('is deleted in one write for each area, the disk first; if nothing has to be deleted, nothing is written', async () => {
    await fill()
    const writes: string[] = []
    for (const area of ['local', 'session'] as const) {
      const { set } = fakeBrowser.storage[area]
      vi.spyOn(fakeBrowser.storage[area], 'set').mockImplementation(async (values) => {
        writes.push(area)
        return set(values)
      })
    }
    await forget('connection', ['nobody'])
    expect(writes).toEqual([])
    await forget('connection', ['gone'])
    expect(writes).toEqual(['local', 'session'])
    vi.restoreAllMocks()
  })

  it('of a log is deleted together with what each person saw of the log', async () => {
    await fill()
    await items.connections.update((all) =>
      Object.fromEntries(Object.entries(all).map(([id, each]) => [id, { ...each, providerId: `at ${id}` }])),
    )
    await forgetLog('at gone')
    expect(Object.keys(await items.knownLogs.get())).toEqual(['stays'])
  })
})
