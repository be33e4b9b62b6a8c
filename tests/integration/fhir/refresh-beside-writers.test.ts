import { DeleteQueryNode, type KyselyPlugin, sql, TableNode } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deleteResources } from '../../../server/fhir/index/put-indexes.ts'
import { refreshIndex } from '../../../server/fhir/index/refresh-index.ts'
import { readRecord } from '../../../server/fhir/search/search-records.ts'
import type { Db } from '../../../server/store/schema.ts'
import type { Store } from '../../../server/store/store.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

const observation = (patient: string, text: string) => ({
  ...{ resourceType: 'Observation', id: 'o1', status: 'final', code: { text } },
  subject: { reference: `Patient/${patient}` },
})

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
      await putResource(trx, observation('a', 'misfiled'), 1000)
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
    const waits = async () => {
      const { rows } = await sql<{ count: number }>`
        select count(*)::int as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(other.db)
      return rows[0]?.count
    }
    await Promise.race([refreshing, expect.poll(waits, { timeout: 10_000 }).toBeGreaterThan(0)])
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
    await other.write((trx) => deleteResources(trx.withPlugin(plugin), [1]))
    expect(tables[0]).toEqual(['resource'])
    expect(tables.length).toBeGreaterThan(1)
  })

  test.each(onPostgres)('leaves no rows of a resource that is deleted meanwhile', async () => {
    await refreshBeside(async (trx) => {
      const { key } = await trx
        .selectFrom('resource')
        .select('key')
        .where('id', '=', 'o1')
        .executeTakeFirstOrThrow()
      await deleteResources(trx, [key])
    })
    const rows = await starting.db
      .selectFrom('compartment')
      .where('type', '=', 'Observation')
      .selectAll()
      .execute()
    expect(rows).toEqual([])
  })
})
