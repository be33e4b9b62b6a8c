import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqlite } from '../../../server/store/sqlite/sqlite.ts'
import type { Store } from '../../../server/store/store.ts'
import { namesIn, put } from './settings.ts'

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

  it('that finds the disk full loses no earlier data, and the next one succeeds', async () => {
    await store.write((trx) => put(trx, 'a'))
    const large = 'x'.repeat(50_000_000)
    await store.write(async (trx) => sql`PRAGMA max_page_count = 200`.execute(trx))
    await expect(
      store.write((trx) => trx.insertInto('setting').values({ name: 'large', value: large }).execute()),
    ).rejects.toMatchObject({ code: 'store-unavailable' })
    await store.write((trx) => put(trx, 'b'))
    expect(await namesIn(store.db)).toEqual(['a', 'b'])
  })
})
