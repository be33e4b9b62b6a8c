import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqlite } from '../../../server/store/sqlite/sqlite.ts'
import { type Store, StoreUnavailable } from '../../../server/store/store.ts'
import { appendOne } from '../../integration/audit/logged.ts'
import { appOn } from '../../integration/store/app-on.ts'

describe('readiness', () => {
  let folder: string
  let store: Store
  let disk: 'sound' | 'broken'
  let free: number
  let now: number
  let app: Awaited<ReturnType<typeof appOn>>
  /** What the store does instead of a write. */
  let write: (() => Promise<never>) | undefined
  let writes: number

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carekey-ready-'))
    ;[disk, free, now, write, writes] = ['sound', 1, 0, undefined, 0]
    store = await openSqlite(join(folder, 'test.db'), async (log) => {
      if (disk === 'broken') throw new Error('EIO')
      await log.datasync()
    })
    const watched: Store = {
      ...store,
      write: (work) => {
        writes++
        return write ? write() : store.write(work)
      },
    }
    app = await appOn(watched, join(folder, 'keys'), { freeShare: async () => free, elapsed: () => now })
  })
  afterEach(async () => {
    write = undefined
    await app.close()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** Asks a second later, so that the server acts again. */
  const ready = async () => {
    now += 1_000
    const answer = await app.inject('/readyz')
    return { status: answer.statusCode, ...answer.json() }
  }
  const alive = async () => (await app.inject('/healthz')).statusCode

  test('F37 a server says when its disk is nearly full', async () => {
    expect(await ready()).toEqual({ status: 'ready' })
    free = 0.0421
    const warning = { warning: 'disk-low', detail: 'Only 4.2 % of a disk is free.' }
    expect(await ready()).toEqual({ status: 'ready', ...warning })
  })

  test.each([
    ['store-full', Object.assign(new Error(), { code: 'ERR_SQLITE_ERROR', errcode: 13 })],
    ['store-full', Object.assign(new Error(), { code: '53100' })],
    ['store-full', Object.assign(new Error(), { code: 'ENOSPC' })],
    ['store-full', Object.assign(new Error('x: No space left on device'), { code: 'XX000' })],
    ['store-unreachable', Object.assign(new Error('x: Input/output error'), { code: 'XX000' })],
    ['store-read-only', Object.assign(new Error(), { code: 'ERR_SQLITE_ERROR', errcode: 8 | (4 << 8) })],
    ['store-read-only', Object.assign(new Error(), { code: '25006' })],
    ['store-unreachable', Object.assign(new Error(), { code: 'ECONNREFUSED' })],
    ['store-unreachable', undefined],
  ])('T03 a server that cannot write is not ready, and says why: %s', async (reason, cause) => {
    write = () => Promise.reject(new StoreUnavailable(cause))
    const answer = await app.inject('/readyz')
    expect([answer.statusCode, answer.json()]).toEqual([
      503,
      { status: 'not-ready', reason, detail: expect.any(String) },
    ])
    write = undefined
    expect(await ready()).toEqual({ status: 'ready' })
  })

  test('T03 it acts once a second at most, and the others get that result', async () => {
    await ready()
    const before = writes
    now += 1_000
    await Promise.all(Array.from({ length: 50 }, () => app.inject('/readyz')))
    expect(writes).toBe(before + 1)
  })

  test('T03 it answers within five seconds although the database does not', async () => {
    write = () => new Promise(() => undefined)
    const reason = 'store-unreachable'
    expect(await ready()).toMatchObject({ status: 'not-ready', reason })
    // It asks no more before the first act has ended.
    const before = writes
    expect(await ready()).toMatchObject({ status: 'not-ready', reason })
    expect(writes).toBe(before)
  })

  test('T03 a log key whose checkpoint cannot be stored is named', async () => {
    await rm(join(folder, 'keys'), { recursive: true })
    await writeFile(join(folder, 'keys'), 'no folder')
    await appendOne(store, 'ana')
    await expect.poll(ready, { timeout: 12_000 }).toMatchObject({
      reason: 'log-key-unusable',
      detail: expect.stringMatching(/part of its path is not a folder\.$/),
    })
  })

  test('T04 a server that can write no more is neither ready nor alive', async () => {
    expect(await alive()).toBe(200)
    disk = 'broken'
    expect(await ready()).toMatchObject({ status: 'not-ready', reason: 'store-unreachable' })
    // After that it is unknown what is on disk, whatever later syncs report.
    disk = 'sound'
    expect(await ready()).toMatchObject({ status: 'not-ready', reason: 'store-unreachable' })
    expect(await alive()).toBe(503)
  })
})
