import { expect, test } from 'vitest'
import { riverside } from '../../fixtures/seeded-database.ts'
import { startServerProcess } from '../../fixtures/server-process.ts'
import { createDatabase } from '../../fixtures/store.ts'

test('a server that gets two stop signals, as Ctrl-C under npm sends, stops once and in order', async () => {
  const database = await createDatabase('sqlite', riverside)
  const server = await startServerProcess({ db: database.url, logKey: database.logKey })
  // Enough for a checkpoint, which has a thread of its own.
  const store = await database.open()
  await store.write((trx) =>
    trx
      .insertInto('setting')
      .values({ name: 'large', value: 'x'.repeat(20_000_000) })
      .execute(),
  )
  await store.close()
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  expect(await server.interrupt()).toBe(0)
  await database.close()
})
