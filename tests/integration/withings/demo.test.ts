import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { organizations, writeWithingsConfig } from '../../../scripts/organizations.ts'
import { requireNoDemo, seedDemo } from '../../../server/demo/seed.ts'
import { demoApplication } from '../../../server/demo/withings/application.ts'
import { readConfig } from '../../../server/main.ts'
import { openSqlite } from '../../../server/store/sqlite/sqlite.ts'

it('the demo of Withings begins with Carekey as an application, without accounts or records', async () => {
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

it("W02 npm start writes the demo's secret into a file that nobody else may read, and its configuration leads to the stand-in", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'withings-demo-'))
  const secret = join(folder, 'withings.secret')
  try {
    await writeFile(secret, 'of an earlier start', { mode: 0o644 })
    const file = writeWithingsConfig(folder)
    expect((await stat(secret)).mode & 0o777).toBe(0o600)
    const port = String(organizations.find(({ demo }) => demo === 'withings')?.port)
    const { config } = await readConfig(['--config', file, '--demo', 'withings', '--port', port])
    expect(config.source).toEqual({
      kind: 'withings',
      clientId: demoApplication.clientId,
      clientSecretFile: secret,
      accountUrl: 'http://localhost:3301',
      apiUrl: 'http://localhost:3301',
    })
    expect(demoApplication.callbacks).toEqual([`${config.publicUrl}/_oauth/OAuth2Server`])
  } finally {
    await rm(folder, { recursive: true })
  }
})
