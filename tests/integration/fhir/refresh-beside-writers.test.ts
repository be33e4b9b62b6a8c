import { DeleteQueryNode, type KyselyPlugin, TableNode } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deleteResources } from '../../../server/fhir/index/put-indexes.ts'
import { putPrepared } from '../../../server/fhir/index/put-resource.ts'
import { refreshIndex } from '../../../server/fhir/index/refresh-index.ts'
import { readRecord } from '../../../server/fhir/search/search-records.ts'
import { ORIGIN, prepareOwn } from '../../../server/sources/withings/person.ts'
import type { Db } from '../../../server/store/schema.ts'
import type { Store } from '../../../server/store/store.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'
import { countWaiting } from '../../fixtures/waits-for-lock.ts'

const observation = (patient: string, text: string) => ({
  ...{ resourceType: 'Observation', id: 'o1', status: 'final', code: { text } },
  subject: { reference: `Patient/${patient}` },
})

const findKey = async (db: Db): Promise<number> => {
  const row = await db.selectFrom('resource').select('key').where('id', '=', 'o1').executeTakeFirstOrThrow()
  return row.key
}

describe.each(engines)('an index that is rebuilt, on %s', (engine) => {
  let database: TestDatabase
  let starting: Store
  let other: Store
  beforeEach(async () => {
    database = await createDatabase(engine)
    starting = await database.open()
    other = await database.open()
    await other.write(async (trx) => {
      for (const id of ['a', 'b']) await putResource(trx, { resourceType: 'Patient', id }, 1000)
      await putPrepared(trx, [prepareOwn(observation('a', 'misfiled'), 1000)])
      await trx.updateTable('setting').set({ value: 'former' }).where('name', '=', 'search-index').execute()
    })
  })
  afterEach(async () => {
    await starting.close()
    await other.close()
    await database.close()
  })

  /** Rebuilds while another process writes, which commits once the rebuild waits for it, or has passed it. */
  const refreshBeside = async (work: (trx: Db) => Promise<unknown>) => {
    const hasWritten = Promise.withResolvers<void>()
    const mayCommit = Promise.withResolvers<void>()
    const writing = other.write(async (trx) => {
      await work(trx)
      hasWritten.resolve()
      await mayCommit.promise
    })
    await hasWritten.promise
    const refreshing = refreshIndex(starting, () => undefined)
    await Promise.race([
      refreshing,
      expect.poll(() => countWaiting(other.db), { timeout: 10_000 }).toBeGreaterThan(0),
    ])
    mayCommit.resolve()
    await Promise.all([writing, refreshing])
  }

  // SQLite has one writer at a time.
  const onPostgres = engine === 'postgres' ? [engine] : []

  test.each(onPostgres)(
    'gives no resource that is moved to another patient meanwhile to the first one',
    async () => {
      await refreshBeside((trx) => putResource(trx, observation('b', 'of b'), 2000))
      const readBy = async (compartment: string) =>
        (await readRecord(starting.db, 'Observation', 'o1', [{ compartment }])).openFor({ concerned: [] })
      expect(await readBy('a')).toBeUndefined()
      expect((await readBy('b'))?.json).toContain('of b')
    },
  )

  test('can hold a resource before the rows of it are deleted', async () => {
    const tables: unknown[] = []
    const plugin: KyselyPlugin = {
      transformQuery: ({ node }) => {
        if (DeleteQueryNode.is(node))
          tables.push(node.from.froms.map((from) => TableNode.is(from) && from.table.identifier.name))
        return node
      },
      transformResult: async ({ result }) => result,
    }
    const key = await findKey(other.db)
    await other.write((trx) => deleteResources(trx.withPlugin(plugin), [key], ORIGIN))
    expect(tables[0]).toEqual(['resource'])
    expect(tables.length).toBeGreaterThan(1)
  })

  test.each(onPostgres)('leaves no rows of a resource that is deleted meanwhile', async () => {
    await refreshBeside(async (trx) => {
      await deleteResources(trx, [await findKey(trx)], ORIGIN)
    })
    const rows = await starting.db
      .selectFrom('compartment')
      .where('type', '=', 'Observation')
      .selectAll()
      .execute()
    expect(rows).toEqual([])
  })
})
