import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openStore } from '../../server/start/open-database.ts'
import { type Store, StoreUnavailable } from '../../server/store/store.ts'
import { type BreakableNetwork, createBreakableNetwork } from '../fixtures/breakable-network.ts'
import { hasPostgres } from '../fixtures/postgres.ts'
import { riverside } from '../fixtures/seeded-database.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'
import { carekeyAt, signIn } from '../fixtures/sign-in.ts'
import { createDatabase, type TestDatabase } from '../fixtures/store.ts'

describe.runIf(hasPostgres)('T01 connections to the database fall silent, and none is closed', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createDatabase('postgres', riverside)
  })
  afterAll(() => database.close())

  describe('a store', () => {
    let network: BreakableNetwork
    let store: Store
    beforeEach(async () => {
      network = await createBreakableNetwork(Number(new URL(database.url).port))
      store = await openStore(network.through(database.url))
    })
    afterEach(async () => {
      await store.close()
      await network.close()
    })

    const read = () => store.db.selectFrom('setting').select('name').limit(1).execute()
    const write = () => store.write((trx) => trx.selectFrom('setting').select('name').limit(1).execute())

    test('one read says so, and the next ones are answered by new connections', async () => {
      await Promise.all(Array.from({ length: 10 }, write))
      network.silence(false)
      await expect(read()).rejects.toThrow(StoreUnavailable)
      // All ten connections were silent, not only the one that said so.
      for (let i = 0; i < 10; i++) expect(await read()).toHaveLength(1)
      expect(await write()).toHaveLength(1)
    })

    test('a long statement is not taken for silence', async () => {
      const { rows } = await sql<{ sum: number }>`select 1 + length(pg_sleep(7)::text) as sum`.execute(
        store.db,
      )
      expect(rows).toEqual([{ sum: 1 }])
    })

    test('a transaction in its middle fails, and its connection is not used again', async () => {
      const works = Array.from({ length: 12 }, () =>
        store.write(async (trx) => {
          await trx.selectFrom('setting').select('name').limit(1).execute()
          network.silence(false)
          await trx.selectFrom('setting').select('name').limit(1).execute()
        }),
      )
      const results = await Promise.allSettled(works)
      expect(results.some(({ status }) => status === 'rejected')).toBe(true)
      for (let i = 0; i < 10; i++) expect(await write()).toHaveLength(1)
    })

    test('a network that comes back is used again', async () => {
      await read()
      network.silence(true)
      const reads = await Promise.allSettled([read(), read(), read()])
      expect(reads.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
      network.mend()
      expect(await read()).toHaveLength(1)
    })
  })

  describe('a server', () => {
    let server: ServerProcess
    let network: BreakableNetwork
    beforeAll(async () => {
      network = await createBreakableNetwork(Number(new URL(database.url).port))
      server = await startServerProcess({ db: network.through(database.url), logKey: database.logKey })
    })
    afterAll(() => network.close())
    const ready = async () => (await fetch(`${server.url}/readyz`)).status
    const size = async () => (await (await fetch(`${server.url}/audit/checkpoint`)).text()).split('\n')[1]

    test('answers again', async () => {
      await Promise.all(Array.from({ length: 10 }, ready))
      network.silence(false)
      await expect.poll(ready, { timeout: 7_000 }).toBe(503)
      await expect.poll(ready, { timeout: 7_000 }).toBe(200)
    })

    test('places and signs its entries again', async () => {
      const before = await size()
      const application = carekeyAt(server.url)
      await signIn(server.url, { username: 'jane', scope: 'patient/*.rs', application })
      await expect.poll(size, { timeout: 12_000 }).not.toBe(before)
    })

    test('stops when it is told to', async () => {
      network.silence(true)
      const answer = ready().catch(() => 'cut')
      expect(await server.interrupt()).toBe(1)
      expect([503, 'cut']).toContain(await answer)
    })
  })
})
