import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openPostgres } from '../../../server/store/postgres/postgres.ts'
import type { Db } from '../../../server/store/schema.ts'
import type { Store } from '../../../server/store/store.ts'
import { migrations } from '../../../server/store/tables/migrate.ts'
import { createDatabase, createOwnPostgres, engines, type TestDatabase } from '../../fixtures/store.ts'
import { namesIn, put } from './settings.ts'

describe.each(engines)('the store on %s', (engine) => {
  let database: TestDatabase
  let store: Store
  beforeAll(async () => {
    database = await createDatabase(engine)
    store = await database.open()
  })
  afterAll(async () => {
    await store.close()
    await database.close()
  })
  beforeEach(async () => {
    await store.write((trx) => trx.deleteFrom('setting').execute())
  })

  const names = (db = store.db) => namesIn(db)

  it('shows a write to readers once it is committed, and to its own work before', async () => {
    const nameLists: string[][] = []
    await store.write(async (trx) => {
      await put(trx, 'a')
      nameLists.push(await names(), await names(trx))
    })
    expect(nameLists).toEqual([[], ['a']])
    expect(await names()).toEqual(['a'])
  })

  it('C08 finds nobody by a name that contains NUL, and continues', async () => {
    await store.write((trx) => put(trx, 'a'))
    const rowsNamed = (db: Db, name: string) =>
      db.selectFrom('setting').select('name').where('name', '=', name).execute()
    for (const name of ['\0', 'a\0', '\0a', 'a\0b']) {
      expect(await rowsNamed(store.db, name)).toEqual([])
      expect(await store.write((trx) => rowsNamed(trx, name))).toEqual([])
    }
    expect(await rowsNamed(store.db, 'a')).toHaveLength(1)
  })

  it('rolls back a work that throws, but not its neighbours, and rethrows the error', async () => {
    const thrown = new RangeError('changed my mind')
    const results = await Promise.allSettled([
      store.write((trx) => put(trx, 'a')),
      store.write(async (trx) => {
        await put(trx, 'b')
        await put(trx, 'c')
        throw thrown
      }),
      store.write((trx) => put(trx, 'd')),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(results[1]).toHaveProperty('reason', thrown)
    expect(await names()).toEqual(['a', 'd'])
  })

  it('returns what a work returns', async () => {
    expect(await store.write(async () => 'done')).toBe('done')
  })

  it('is unavailable for a work that violates the schema, and only for that one', async () => {
    await store.write((trx) => put(trx, 'a'))
    await expect(store.write((trx) => put(trx, 'a'))).rejects.toMatchObject({ code: 'store-unavailable' })
    await store.write((trx) => put(trx, 'b'))
    expect(await names()).toEqual(['a', 'b'])
  })

  it('is unavailable for a query that fails', async () => {
    const unavailable = { code: 'store-unavailable' }
    await expect(store.db.selectFrom('gone' as never).execute()).rejects.toMatchObject(unavailable)
    const overflow = sql`select sum(x) from (select 9223372036854775807 as x union all select 1) as t`
    if (engine === 'sqlite') await expect(overflow.execute(store.db)).rejects.toMatchObject(unavailable)
    expect(await names()).toEqual([])
  })

  it('lets one of many simultaneous compare-and-sets win', async () => {
    await store.write((trx) => put(trx, 'turn'))
    const other = await database.open()
    const take = (from: Store, who: number) =>
      from.write(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable('setting')
          .set({ value: String(who) })
          .where('name', '=', 'turn')
          .where('value', '=', 'x')
          .executeTakeFirstOrThrow()
        return numUpdatedRows
      })
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, who) => take(who % 2 === 0 ? store : other, who)),
    )
    await other.close()
    expect(results.filter((rows) => rows === 1n)).toHaveLength(1)
  })

  it('runs a work again that inserts what another has just inserted, so that it finds the row', async () => {
    const other = await database.open()
    const addOnce = (to: Store) =>
      to.write(async (trx) => {
        if ((await names(trx)).includes('once')) return 'found'
        await put(trx, 'once')
        return 'added'
      })
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, at) => addOnce(at % 2 === 0 ? store : other)),
    )
    await other.close()
    expect(results.filter((result) => result === 'added')).toHaveLength(1)
    expect(results.filter((result) => result === 'found')).toHaveLength(19)
  })

  it('keeps times, keys and counts as numbers, and every character of a text', async () => {
    const value = 'Zoë 鈴木 🩺 \\ \' " \n %_'
    await store.write((trx) => trx.insertInto('setting').values({ name: 'text', value }).execute())
    const row = { bucket: 'numbers', failures: 3, expires_at: 4_102_444_800_001 }
    await store.write((trx) => trx.insertInto('rate_limit').values(row).execute())
    expect(await store.db.selectFrom('setting').select('value').executeTakeFirst()).toEqual({ value })
    expect(await store.db.selectFrom('rate_limit').selectAll().executeTakeFirst()).toEqual(row)
    const count = await store.db
      .selectFrom('rate_limit')
      .select(({ fn }) => fn.countAll().as('rows'))
      .executeTakeFirstOrThrow()
    expect(count).toEqual({ rows: 1 })
  })

  it('runs one statement in many texts, longer and more than it keeps prepared', async () => {
    for (let at = 0; at < 520; at++) {
      const { rows } = await sql<{ it: number }>`select ${at} + ${sql.raw(String(at))} as it`.execute(
        store.db,
      )
      expect(Number(rows[0]?.it)).toBe(2 * at)
    }
    const many = Array.from({ length: 3_000 }, (_, at) => `n${at}`)
    await store.write((trx) =>
      trx
        .insertInto('setting')
        .values(many.map((name) => ({ name, value: 'x' })))
        .execute(),
    )
    expect(await names()).toHaveLength(3_000)
  })

  it('finishes accepted works before it closes', async () => {
    const second = await database.open()
    const writes = Array.from({ length: 100 }, (_, at) => second.write((trx) => put(trx, `n${at}`)))
    await Promise.all([...writes, second.close()])
    expect(await names()).toHaveLength(100)
  })

  it('is opened by several processes at once, and keeps its data', async () => {
    await store.write((trx) => put(trx, 'a'))
    const others = [await database.open(), await database.open(), await database.open()]
    for (const other of others) expect(await names(other.db)).toEqual(['a'])
    await Promise.all(others.map((other) => other.close()))
  })
})

describe.each(engines)('a new database on %s', (engine) => {
  it('gets its schema once when several processes open it at the same moment', async () => {
    const database = await createDatabase(engine)
    const open = `import { openStore } from './server/start/open-database.ts'; await (await openStore(process.argv[1])).close()`
    const run = promisify(execFile)
    const args = ['--input-type=module', '--eval', open, database.url]
    await Promise.all(Array.from({ length: 3 }, () => run(process.execPath, args)))

    const store = await database.open()
    const applied = await sql<{ name: string }>`select name from schema_history`.execute(store.db)
    expect(applied.rows.map(({ name }) => name)).toEqual(Object.keys(migrations(engine)))
    await store.close()
    await database.close()
  })
})

if (engines.includes('postgres')) {
  describe('the store while PostgreSQL is away', () => {
    it('is unavailable, and available again when it is back', async () => {
      const database = await createOwnPostgres()
      const store = await database.open()
      const write = (name: string) =>
        store.write((trx) => trx.insertInto('setting').values({ name, value: 'x' }).execute())
      await write('before')
      const during = store.write(async (trx) => {
        await trx.insertInto('setting').values({ name: 'during', value: 'x' }).execute()
        await database.postgres.crash()
      })
      await expect(during).rejects.toMatchObject({ code: 'store-unavailable' })
      await expect(write('away')).rejects.toMatchObject({ code: 'store-unavailable' })
      await database.postgres.start()
      await write('after')
      const rows = await store.db
        .selectFrom('setting')
        .select('name')
        .where('value', '=', 'x')
        .orderBy('name')
        .execute()
      expect(rows.map(({ name }) => name)).toEqual(['after', 'before'])
      await store.close()
      await database.close()
    })
  })

  it('F54 creating a PostgreSQL schema may take long, but a request may not', async () => {
    const database = await createDatabase('postgres')
    const keeper = new pg.Client(database.url)
    await keeper.connect()
    await keeper.query('create table witnessed (command text, statement text, idle text)')
    await keeper.query(
      `create function witness() returns event_trigger language plpgsql as $$ begin
       insert into witnessed values (tg_tag, current_setting('statement_timeout'),
         current_setting('idle_in_transaction_session_timeout')); end $$`,
    )
    await keeper.query('create event trigger witness on ddl_command_start execute function witness()')
    const store = await openPostgres(database.url)
    const { rows } = await keeper.query('select statement, idle, count(*)::int from witnessed group by 1, 2')
    expect(rows).toEqual([{ statement: '0', idle: '0', count: expect.any(Number) }])
    await keeper.query('truncate witnessed')
    await store.write((trx) => trx.schema.createTable('later').addColumn('a', 'text').execute())
    const later = await keeper.query('select statement, idle from witnessed')
    expect(later.rows).toEqual([{ statement: '30s', idle: '30s' }])
    await store.close()
    await keeper.end()
    await database.close()
  })
}
