import { copyFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createApp } from '../../../server/app.ts'
import type { Store } from '../../../server/store/store.ts'
import { runAdmin } from '../../fixtures/run-command.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'
import { config } from '../audit/logged.ts'

const startServer = async (
  { database, store }: { database: TestDatabase; store: Store },
  keyFile: string,
) => {
  let now = 0
  const app = await createApp({
    ...{ config, store, clock: Date.now, elapsed: () => now, keyFile },
    logKey: { file: database.logKey },
  })
  /** Asks a second later, so that the server acts again. */
  const ready = async () => {
    now += 1_000
    return (await app.inject('/readyz')).json()
  }
  return { app, ready }
}

it.each(engines)(
  'J21 a server whose keys were replaced on another machine is not ready until it has the new file, on %s',
  { timeout: 60_000 },
  async (engine) => {
    const database = await createDatabase(engine)
    const store = await database.open()
    const start = (keyFile: string) => startServer({ database, store }, keyFile)
    const copy = `${database.keyFile}-elsewhere`
    const here = await start(database.keyFile)
    await copyFile(database.keyFile, copy)
    const elsewhere = await start(copy)
    for (const { ready } of [here, elsewhere]) expect(await ready()).toEqual({ status: 'ready' })
    for (const more of [[], ['--compromised']]) {
      const { status } = await runAdmin([
        ...['keys', 'rotate', ...more],
        ...['--db', database.url, '--keys', database.keyFile],
      ])
      expect(status).toBe(0)
      expect(await here.ready()).toEqual({ status: 'ready' })
      expect(await elsewhere.ready()).toEqual({
        ...{ status: 'not-ready', reason: 'log-key-unusable' },
        detail: expect.stringContaining(
          `${copy} does not contain the keys that this database used last. Copy`,
        ),
      })
      for (const [spoil, reason] of [
        [() => mkdir(copy), 'cannot be read: it is a folder.'],
        [async () => {}, 'cannot be read: there is no such file.'],
        [() => writeFile(copy, '{}'), "does not contain Carekey's keys."],
      ] as const) {
        await rm(copy, { recursive: true })
        await spoil()
        const { detail } = await elsewhere.ready()
        expect(detail).toContain(`${copy} ${reason}`)
        if (reason.includes('no such')) await writeFile(copy, '')
      }
      await copyFile(database.keyFile, copy)
      expect(await elsewhere.ready()).toEqual({ status: 'ready' })
    }
    for (const { app } of [here, elsewhere]) await app.close()
    await store.close()
    await database.close()
  },
)

it('a server whose key files cannot be read goes on, and its readiness names the file', {
  timeout: 60_000,
}, async () => {
  const database = await createDatabase('sqlite')
  const store = await database.open()
  const keyFolder = `${database.keyFile}-folder`
  const keyFile = join(keyFolder, 'clinic.keys')
  const { app, ready } = await startServer({ database, store }, keyFile)
  expect(await ready()).toEqual({ status: 'ready' })
  await rename(keyFolder, `${keyFolder}-away`)
  // Even root cannot look into it.
  await symlink(keyFolder, keyFolder)
  const warned = (words: string) => ({
    ...{ status: 'ready', warning: 'key-unreadable' },
    detail: expect.stringContaining(words),
  })
  expect(await ready()).toEqual(warned(`${keyFile} cannot be read: part of its path is a link to itself.`))
  expect((await app.inject('/oauth/jwks')).statusCode).toBe(200)
  await rm(keyFolder)
  await rename(`${keyFolder}-away`, keyFolder)
  expect(await ready()).toEqual({ status: 'ready' })
  await rename(database.logKey, `${database.logKey}-away`)
  expect(await ready()).toEqual(warned(`${database.logKey} cannot be read: there is no such file.`))
  await rename(`${database.logKey}-away`, database.logKey)
  expect(await ready()).toEqual({ status: 'ready' })
  await app.close()
  await store.close()
  await database.close()
})
