import type { KyselyPlugin } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { everythingRecords } from '../../../server/fhir/search/everything-records.ts'
import { readRecord, searchRecords } from '../../../server/fhir/search/search-records.ts'
import { parseQuery } from '../../../server/query/parse-query.ts'
import type { Store } from '../../../server/store/store.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

const EVERYTHING = [{}]

const weightOf = (patient: string) => ({
  resourceType: 'Observation',
  id: 'weight',
  status: 'final',
  code: { text: 'Weight' },
  subject: { reference: `Patient/${patient}` },
})

/** An import moves a resource to another patient between reading it and determining whose it is. */
describe.each(engines)('F62 a resource that moves to another patient while it is read, on %s', (engine) => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await createDatabase(engine)
    store = await database.open()
    await store.write(async (trx) => {
      for (const id of ['pa', 'pb']) await putResource(trx, { resourceType: 'Patient', id }, 0)
      await putResource(trx, weightOf('pa'), 0)
    })
  })
  afterEach(async () => {
    await store.close()
    await database.close()
  })

  /** The store's reads; the import runs right after the first one that returns the text. */
  const movingOnce = () => {
    let moved = false
    const plugin: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        if (!moved && result.rows.some((row) => String(row.json).includes('Weight'))) {
          moved = true
          await store.write((trx) => putResource(trx, weightOf('pb'), 1))
        }
        return result
      },
    }
    return store.db.withPlugin(plugin)
  }
  const query = parseQuery('Observation', new URLSearchParams('_count=5'), {
    base: 'http://x/fhir',
    strict: true,
  })
  const everything = { patient: 'pa', types: ['Observation'], count: 5 }

  it.each([
    ['search', (db: Store['db']) => searchRecords(db, query, EVERYTHING)],
    ['read', (db: Store['db']) => readRecord(db, 'Observation', 'weight', EVERYTHING)],
    ['$everything', (db: Store['db']) => everythingRecords(db, everything, () => EVERYTHING)],
  ])("%s: is not answered, and the next time it is the new patient's", async (_what, read) => {
    await expect(read(movingOnce())).rejects.toMatchObject({ status: 503 })
    const concerned: { patients: readonly string[] }[] = []
    const again = await searchRecords(store.db, query, EVERYTHING)
    again.openFor({ concerned })
    expect(concerned.flatMap(({ patients }) => patients)).toEqual(['pb'])
  })
})
