import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { requireNoDemo, seedDemo } from '../../../server/demo/seed.ts'
import { openSqlite } from '../../../server/store/sqlite.ts'

it('the demo of Withings begins with Carekey as an application, and without accounts and records', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'withings-demo-'))
  const store = await openSqlite(join(folder, 'test.db'))
  try {
    for (const _start of [1, 2])
      await seedDemo(store, 'withings', { publicUrl: 'http://localhost:3300' }, Date.now)
    const count = async (table: 'account' | 'resource') =>
      (await store.db.selectFrom(table).select('id').execute()).length
    expect(await count('account')).toBe(0)
    expect(await count('resource')).toBe(0)
    await expect(requireNoDemo(store)).rejects.toThrow('holds the demo withings')
  } finally {
    await store.close()
    await rm(folder, { recursive: true })
  }
})
