import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openSqlite } from '../../../server/store/sqlite/sqlite.ts'
import { StoreUnavailable } from '../../../server/store/store.ts'
import { appOn } from './app-on.ts'
import { put } from './settings.ts'

const changes: [string, (path: string) => Promise<void>][] = [
  ['was deleted', (path) => rm(path)],
  [
    'was replaced',
    async (path) => {
      await copyFile(path, `${path}-backup`)
      await rename(`${path}-backup`, path)
    },
  ],
  ['lost its write-ahead log', (path) => rm(`${path}-wal`)],
]

it.each(changes)(
  'T04 a server whose SQLite file %s answers and writes nothing more',
  async (_what, change) => {
    const folder = await mkdtemp(join(tmpdir(), 'carekey-replaced-'))
    const path = join(folder, 'test.db')
    const store = await openSqlite(path)
    const app = await appOn(store, folder)
    try {
      const statusOf = async (url: string) => (await app.inject(url)).statusCode
      expect(await statusOf('/fhir/Patient/ana')).toBe(401)
      await change(path)
      expect(await statusOf('/fhir/Patient/ana')).toBe(503)
      expect(await statusOf('/readyz')).toBe(503)
      expect(await statusOf('/healthz')).toBe(503)
      await expect(store.write((trx) => put(trx, 'late'))).rejects.toThrow(StoreUnavailable)
      expect(await store.lost).toMatchObject({
        code: 'file-replaced',
        message: expect.stringContaining(path),
      })
    } finally {
      await app.close()
      await store.close()
      await rm(folder, { recursive: true })
    }
  },
)
