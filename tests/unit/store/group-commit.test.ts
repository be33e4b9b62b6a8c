import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { expect, it } from 'vitest'
import { groupCommit } from '../../../server/store/group-commit.ts'
import type { Database } from '../../../server/store/schema.ts'

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
