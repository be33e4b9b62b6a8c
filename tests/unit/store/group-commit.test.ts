import { setImmediate as nextTurn } from 'node:timers/promises'
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { expect, it } from 'vitest'
import { beginWork, type LastWrite, LastWrites } from '../../../server/store/last-writes.ts'
import { shareCommits } from '../../../server/store/postgres/share-commits.ts'
import type { Database, Db } from '../../../server/store/schema.ts'
import { groupCommit } from '../../../server/store/sqlite/group-commit.ts'
import type { Store } from '../../../server/store/store.ts'

/** A database that answers every statement with nothing. */
const nothing = new Kysely<Database>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})

it('continues committing when work between two transactions fails', async () => {
  const { write, close } = groupCommit(nothing, {
    sync: async () => undefined,
    betweenTransactions: async () => {
      throw new Error('statement has been finalized')
    },
  })
  for (const value of [1, 2, 3]) expect(await write(async () => value)).toBe(value)
  await close()
  await expect(write(async () => 4)).rejects.toMatchObject({ code: 'store-unavailable' })
})

it('J13 works share a commit until they leave it many rows, so that others are answered in between', async () => {
  const commits: number[] = []
  const countRows: LastWrite<number> = async (_trx, rows) => void commits.push(rows.length)
  const { writeLast } = groupCommit(nothing, {
    sync: async () => undefined,
    betweenTransactions: async () => undefined,
  })
  const leave = (count: number) => writeLast((end) => end.add(countRows, Array<number>(count).fill(0)))
  await Promise.all(Array.from({ length: 64 }, () => leave(200)))
  expect(commits.reduce((sum, rows) => sum + rows)).toBe(64 * 200)
  expect(Math.min(...commits.slice(0, -1))).toBeGreaterThan(200)
  expect(Math.max(...commits)).toBeLessThan(1_000)
  commits.length = 0
  await Promise.all([leave(1), leave(2_000), leave(1)])
  expect(commits.reduce((sum, rows) => sum + rows)).toBe(2_002)
})

/** Both ways to share a commit, in front of a database that takes long. */
const WAYS: Readonly<Record<string, (until: Promise<void>) => Store['writeLast']>> = {
  SQLite: (until) =>
    groupCommit(nothing, { sync: () => until, betweenTransactions: async () => undefined }).writeLast,
  PostgreSQL: (until) =>
    shareCommits(async (work) => {
      await until
      const trx = Object.create(nothing) as Db
      beginWork(trx, new LastWrites())
      return work(trx)
    }),
}

it.each(Object.entries(WAYS))(
  'J06 rows are dated once their transaction has begun, however long they waited (%s)',
  async (_, open) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    let hour = 0
    const hours: number[] = []
    const writeLast = open(promise)
    const first = writeLast(() => undefined)
    await nextTurn()
    await nextTurn()
    const later = writeLast(() => void hours.push(hour))
    hour = 1
    resolve()
    await Promise.all([first, later])
    expect(hours).toEqual([1])
  },
)

it.each(Object.entries(WAYS))('rows that cannot be added fail alone (%s)', async (_, open) => {
  const writeLast = open(Promise.resolve())
  const outcomes = await Promise.allSettled([
    writeLast(() => undefined),
    writeLast(() => {
      throw new Error('not this one')
    }),
    writeLast(() => undefined),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})
