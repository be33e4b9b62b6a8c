import pg from 'pg'
import { expect, test } from 'vitest'
import { openPostgres } from '../../../server/store/postgres.ts'
import { hasPostgres } from '../../fixtures/postgres.ts'
import { createDatabase } from '../../fixtures/store.ts'

test.runIf(hasPostgres)(
  'F54 the schema of a PostgreSQL may take as long as it takes, and a request may not',
  async () => {
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
  },
)
