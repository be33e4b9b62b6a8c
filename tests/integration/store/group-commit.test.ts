import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Db } from '../../../server/store/schema.ts'
import { openSqlite } from '../../../server/store/sqlite.ts'
import type { Store } from '../../../server/store/store.ts'

describe('a write to the store', () => {
  let folder: string
  let store: Store

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carekey-store-'))
    store = await openSqlite(join(folder, 'test.db'))
  })
  afterEach(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })

  const put = (trx: Db, name: string) => trx.insertInto('setting').values({ name, value: 'x' }).execute()
  const names = async () => {
    const rows = await store.db.selectFrom('setting').select('name').orderBy('name').execute()
    return rows.map(({ name }) => name)
  }

  it('is seen by readers once it has been committed, and not before', async () => {
    let seenInside: string[] = []
    await store.write(async (trx) => {
      await put(trx, 'a')
      seenInside = await names()
    })
    expect(seenInside).toEqual([])
    expect(await names()).toEqual(['a'])
  })

  it('that throws takes back its own rows and nobody else’s', async () => {
    const results = await Promise.allSettled([
      store.write((trx) => put(trx, 'a')),
      store.write(async (trx) => {
        await put(trx, 'b')
        throw new RangeError('changed my mind')
      }),
      store.write((trx) => put(trx, 'c')),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(results[1]).toMatchObject({ reason: { message: 'changed my mind' } })
    expect(await names()).toEqual(['a', 'c'])
  })

  it('that the database refuses is a fault of the store', async () => {
    await store.write((trx) => put(trx, 'a'))
    await expect(store.write((trx) => put(trx, 'a'))).rejects.toMatchObject({ code: 'store-unavailable' })
  })

  it('that finds the disk full loses nothing that was there, and the next one is taken', async () => {
    await store.write((trx) => put(trx, 'a'))
    const large = 'x'.repeat(50_000_000)
    const { sql } = await import('kysely')
    await store.write(async (trx) => sql`PRAGMA max_page_count = 200`.execute(trx))
    await expect(
      store.write((trx) => trx.insertInto('setting').values({ name: 'large', value: large }).execute()),
    ).rejects.toMatchObject({ code: 'store-unavailable' })
    await store.write((trx) => put(trx, 'b'))
    expect(await names()).toEqual(['a', 'b'])
  })

  it('waits for all that were taken before closing', async () => {
    const writes = Array.from({ length: 100 }, (_, index) => store.write((trx) => put(trx, `n${index}`)))
    await Promise.all([...writes, store.close()])
    store = await openSqlite(join(folder, 'test.db'))
    expect(await names()).toHaveLength(100)
  })
})
