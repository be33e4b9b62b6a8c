import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../../../server/store/store.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

const TABLES = [
  'compartment',
  'index_string',
  'index_token',
  'index_date',
  'index_quantity',
  'index_reference',
] as const

const observation = (id: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  subject: { reference: 'Patient/pa' },
  effectiveDateTime: '2025-06-01',
  valueQuantity: { value: 70.5, unit: 'kg' },
})

describe.each(engines)('on %s', (engine) => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await createDatabase(engine)
    store = await database.open()
    await store.write(async (trx) => {
      await putResource(trx, { resourceType: 'Patient', id: 'pa', name: [{ family: 'Doe' }] }, 1000)
      for (let n = 0; n < 600; n++) await putResource(trx, observation(`o${n}`), 1000)
    })
  })
  afterEach(async () => {
    await store.close()
    await database.close()
  })

  const everything = async () => {
    const rows: Partial<Record<(typeof TABLES)[number], unknown[]>> = {}
    for (const table of TABLES) {
      const all = await store.db.selectFrom(table).selectAll().execute()
      rows[table] = all.map((row) => JSON.stringify(Object.entries(row).sort())).sort()
    }
    const sorted = await store.db
      .selectFrom('resource')
      .select(['key', 'sort_date', 'sort_name'])
      .orderBy('key')
      .execute()
    return { ...rows, sorted }
  }
  const reopened = async () => {
    await store.close()
    store = await database.open()
  }

  test('an index that another table of parameters made is rebuilt from the stored resources', async () => {
    const before = await everything()
    await store.write(async (trx) => {
      for (const table of TABLES) if (table !== 'index_token') await trx.deleteFrom(table).execute()
      await trx.updateTable('index_token').set({ code: 'of an older edition' }).execute()
      await trx.updateTable('resource').set({ sort_date: 0, sort_name: null }).execute()
      await trx.updateTable('setting').set({ value: 'older' }).where('name', '=', 'search-index').execute()
    })
    await reopened()
    expect(await everything()).toEqual(before)
  })

  test('an index of this table is left alone', async () => {
    await store.write((trx) => trx.deleteFrom('index_quantity').execute())
    await reopened()
    expect((await everything()).index_quantity).toEqual([])
  })
})
