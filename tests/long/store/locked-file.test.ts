import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Store } from '../../../server/store/store.ts'
import { createDatabase, type TestDatabase } from '../../fixtures/store.ts'

let database: TestDatabase
let store: Store
beforeAll(async () => {
  database = await createDatabase('sqlite')
  store = await database.open()
})
afterAll(async () => {
  await store.close()
  await database.close()
})

it('everybody who waited for the lock on the file in vain is told so at the same time', async () => {
  const other = new DatabaseSync(database.url.slice('sqlite:'.length))
  other.exec('BEGIN IMMEDIATE')
  let settled = 0
  const writes = Array.from({ length: 200 }, () =>
    store
      .write(async () => undefined)
      .finally(() => {
        settled += 1
      }),
  )
  const outcomes = Promise.allSettled(writes)
  await expect(writes[0]).rejects.toMatchObject({ code: 'store-unavailable' })
  await nextTurn()
  expect(settled).toBe(200)
  other.exec('ROLLBACK')
  other.close()
  await outcomes
  await store.write(async () => undefined)
}, 15_000)
