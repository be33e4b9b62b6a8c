import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqlite } from '../../../server/store/sqlite.ts'
import { appOn } from './app-on.ts'

test('F37 a server reports when its disk is nearly full; one whose database is read-only is alive but not ready', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carekey-ready-'))
  let disk: 'sound' | 'broken' = 'sound'
  const store = await openSqlite(join(folder, 'test.db'), async (log) => {
    if (disk === 'broken') throw new Error('EIO')
    await log.datasync()
  })
  let free = 1
  const app = await appOn(store, folder, { freeShare: async () => free })
  const status = async (url: string) => (await app.inject(url)).statusCode
  try {
    expect(await status('/readyz')).toBe(200)
    expect((await app.inject('/readyz')).json()).toEqual({ status: 'ready' })
    // A probe comes every few seconds, and proves that the server could write without writing.
    const filesNow = () => Promise.all(['test.db', 'test.db-wal'].map((name) => readFile(join(folder, name))))
    const before = await filesNow()
    for (let probe = 0; probe < 5; probe++) expect(await status('/readyz')).toBe(200)
    expect(await filesNow()).toEqual(before)
    free = 0.0421
    const low = await app.inject('/readyz')
    expect([low.statusCode, low.json()]).toEqual([
      200,
      { status: 'ready', warning: { code: 'disk-low', free: 0.042 } },
    ])
    disk = 'broken'
    expect(await status('/readyz')).toBe(503)
    // After that it is unknown what is on disk, whatever later syncs report.
    disk = 'sound'
    expect(await status('/readyz')).toBe(503)
    expect(await status('/healthz')).toBe(200)
  } finally {
    await app.close()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  }
})
