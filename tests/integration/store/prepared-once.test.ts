import { constants, DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { embeddedSource } from '../../../server/fhir/embedded-source.ts'
import { COMPARTMENT } from '../../../server/query/compartment.ts'
import { parseQuery } from '../../../server/query/parse-query.ts'
import type { Db } from '../../../server/store/schema.ts'
import { createKysely } from '../../../server/store/sqlite/sqlite.ts'
import { riverside } from '../../fixtures/seeded-database.ts'
import { createDatabase, type TestDatabase } from '../../fixtures/store.ts'

describe('a statement that runs again with SQLite', () => {
  let database: TestDatabase
  let connection: DatabaseSync
  let db: Db
  /** SQLite calls its authorizer whenever it prepares a statement, also when it decides to do so itself. */
  let preparations = 0
  beforeAll(async () => {
    database = await createDatabase('sqlite', riverside)
    connection = new DatabaseSync(database.url.replace(/^sqlite:/, ''))
    connection.setAuthorizer(() => {
      preparations++
      return constants.SQLITE_OK
    })
    db = createKysely(connection, (error) => error)
  })
  afterAll(async () => {
    await db.destroy()
    await database.close()
  })

  const search = (type: string, text: string) => async () => {
    const query = parseQuery(type, new URLSearchParams(text), { base: 'http://x/fhir', strict: true })
    const disclosure = await embeddedSource(db).search(query, [{}], undefined, () => [{}])
    return disclosure.openFor({ concerned: [] })
  }
  it.each([
    ['a read', () => embeddedSource(db).read('Patient', 'john', [{}])],
    ['a search by name', search('Patient', 'name=jo&birthdate=gt1900-01-01')],
    ['a search by a part of a name', search('Patient', 'name:contains=oh')],
    ['a sorted page', search('Observation', 'patient=john&_sort=-date&_count=3&_total=accurate')],
    [
      'a page with what it refers to',
      search('Observation', 'patient=john&_include=Observation:subject&_count=2'),
    ],
    ['a count', search('Observation', 'patient=john&category=vital-signs&_summary=count')],
    ['the access log', search('AuditEvent', 'patient=john&_count=2')],
    [
      '$everything',
      () =>
        embeddedSource(db).everything({ patient: 'john', types: Object.keys(COMPARTMENT), count: 3 }, () => [
          {},
        ]),
    ],
  ])('is not prepared again: %s', async (_what, ask) => {
    const before = preparations
    await ask()
    expect(preparations).toBeGreaterThan(before)
    await ask()
    const prepared = preparations
    await ask()
    expect(preparations).toBe(prepared)
  })

  it('J66 is not prepared again after many others', async () => {
    for (const text of oddTexts) await sql.raw(text).execute(db)
    const ask = search('Condition', 'code=none,other&clinical-status=active&_sort=-_id&_count=2')
    await ask()
    await ask()
    const before = preparations
    await ask()
    expect(preparations).toBe(before)
  })

  it('J13 long statements are kept up to a size', async () => {
    const long = (at: number) => sql.raw(`select ${at} as odd${' '.repeat(20_000)}`).execute(db)
    for (let at = 0; at < 100; at++) await long(at)
    const before = preparations
    await long(99)
    expect(preparations).toBe(before)
    await long(0)
    expect(preparations).toBeGreaterThan(before)
  })
})

it('J66 a statement is prepared with PostgreSQL after many others, of which a connection keeps no more than 500', async () => {
  const database = await createDatabase('postgres')
  const store = await database.open()
  try {
    for (const text of oddTexts) await sql`${sql.raw(text)}, ${1}::int`.execute(store.db)
    await sql`select ${1}::int as common`.execute(store.db)
    const { rows } = await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(
      store.db,
    )
    expect(rows.map(({ statement }) => statement)).toContain('select $1::int as common')
    expect(rows.length).toBeLessThanOrEqual(500)
  } finally {
    await store.close()
    await database.close()
  }
})

/** More than are kept. */
const oddTexts = Array.from({ length: 600 }, (_, at) => `select ${at} as odd`)
