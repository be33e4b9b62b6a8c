import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Db } from '../../../server/store/schema.ts'
import { openSqlite } from '../../../server/store/sqlite/sqlite.ts'
import type { Store } from '../../../server/store/store.ts'

const put = (trx: Db, id: string, payload = '{}') => {
  const nothing = { grant_id: null, account_id: null, uid: null, consumed_at: null, expires_at: null }
  return trx
    .insertInto('oauth_record')
    .values({ model: 'Session', id, payload, ...nothing })
    .execute()
}
const idsIn = async ({ db }: Store) => {
  const rows = await db.selectFrom('oauth_record').select('id').orderBy('id').execute()
  return rows.map(({ id }) => id)
}

describe('the log of SQLite', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carekey-store-'))
    path = join(folder, 'test.db')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('is synced before any work of the transaction is settled, also one that threw', async () => {
    const syncs: PromiseWithResolvers<void>[] = []
    const store = await openSqlite(path, async (log) => {
      const released = Promise.withResolvers<void>()
      syncs.push(released)
      await released.promise
      await log.datasync()
    })
    const settled: string[] = []
    const write = (name: string, work = (trx: Db): Promise<unknown> => put(trx, name)) => {
      const note = () => void settled.push(name)
      return store.write(work).then(note, note)
    }
    const untilSyncing = async (count: number) => {
      while (syncs.length < count) await new Promise(setImmediate)
    }

    const first = [write('a'), write('refused', () => Promise.reject(new RangeError('no')))]
    await untilSyncing(1)
    // Committed and visible, but not reported to anybody.
    expect(await idsIn(store)).toEqual(['a'])
    const second = write('b')
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate)
    expect(settled).toEqual([])

    syncs[0]?.resolve()
    await Promise.all(first)
    await untilSyncing(2)
    expect(settled).toEqual(['a', 'refused'])
    syncs[1]?.resolve()
    await second
    expect(settled).toEqual(['a', 'refused', 'b'])
    await store.close()
  })

  it('accepts nothing after a failed sync until it is opened again', async () => {
    let isBroken = false
    const store = await openSqlite(path, async (log) => {
      if (isBroken) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
      await log.datasync()
    })
    await store.write((trx) => put(trx, 'a'))
    isBroken = true
    const unavailable = { code: 'store-unavailable', cause: { code: 'EIO' } }
    await expect(store.write((trx) => put(trx, 'b'))).rejects.toMatchObject(unavailable)
    isBroken = false
    await expect(store.write((trx) => put(trx, 'c'))).rejects.toMatchObject(unavailable)
    await store.close()

    const again = await openSqlite(path)
    await again.write((trx) => put(trx, 'd'))
    const ids = await idsIn(again)
    expect(ids).toEqual(expect.arrayContaining(['a', 'd']))
    expect(ids).not.toContain('c')
    await again.close()
  })

  it('accepts nothing after the store is closed, as from a late timer', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const store = await openSqlite(path)
    await store.write((trx) => put(trx, 'a'))
    const write = (id: string) =>
      store
        .write((trx) => put(trx, id))
        .then(
          () => 'taken',
          ({ code }) => code,
        )
    const inTime = write('in time')
    const closing = store.close()
    const late = [write('late while it closes')]
    await closing
    expect(await inTime).toBe('taken')
    for (let n = 0; n < 2; n++) late.push(write(`late ${n}`))
    expect(await Promise.all(late)).toEqual(Array(3).fill('store-unavailable'))
    await new Promise(setImmediate)
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
    const again = await openSqlite(path)
    expect(await idsIn(again)).toEqual(['a', 'in time'])
    await again.close()
  })

  it('starts again while others write', async () => {
    const store = await openSqlite(path)
    const log = await open(`${path}-wal`)
    /** How often the log has started again, from its header. */
    const begun = async () =>
      (await log.read({ buffer: Buffer.alloc(4), position: 12 })).buffer.readUInt32BE()
    // The first write after opening starts it.
    await store.write((trx) => put(trx, 'first'))
    const before = await begun()
    const payload = 'x'.repeat(400_000)
    let count = 0
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while (count < 2_000 && (await begun()) === before)
          await store.write((trx) => put(trx, `n${count++}`, payload))
      }),
    )
    expect(await begun()).toBeGreaterThan(before)
    expect(await idsIn(store)).toHaveLength(count + 1)
    await log.close()
    await store.close()
  }, 60_000)
})
