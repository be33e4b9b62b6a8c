import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyAside } from '../../../server/audit/verify/verify-aside.ts'
import { verifyLog } from '../../../server/audit/verify/verify-log.ts'
import { findReplacedTable } from '../../../server/audit/verify/verify-tables.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { engines } from '../../fixtures/store.ts'
import { createLog, type TestLog } from './logged.ts'

const FINDING = /^edited: audit_\w+ is no longer Carekey's own table/

/** Statements that put something else in the place of a table of the log, and take it back. */
const REPLACED: [what: string, table: string, replace: string[], restore: string[]][] = [
  ...[
    'audit_event',
    'audit_queue',
    'audit_leaf',
    'audit_tile',
    'audit_patient',
    'audit_checkpoint',
    'audit_erasure',
  ].map((table): (typeof REPLACED)[number] => [
    'a view',
    table,
    [`alter table ${table} rename to own_${table}`, `create view ${table} as select * from own_${table}`],
    [`drop view ${table}`, `alter table own_${table} rename to ${table}`],
  ]),
]

/** What PostgreSQL has besides. */
const OF_POSTGRES: typeof REPLACED = [
  [
    'a table with a policy for its rows',
    'audit_event',
    [
      'alter table audit_event enable row level security',
      'alter table audit_event force row level security',
      'create policy own on audit_event using (true)',
    ],
    [
      'drop policy own on audit_event',
      'alter table audit_event no force row level security',
      'alter table audit_event disable row level security',
    ],
  ],
  [
    'a table with a rule',
    'audit_event',
    ['create rule own as on delete to audit_event do instead nothing'],
    ['drop rule own on audit_event'],
  ],
  [
    'a table whose rows are in another one',
    'audit_event',
    ['create table own_entries () inherits (audit_event)'],
    ['drop table own_entries'],
  ],
]

it.each(engines.filter((engine) => engine === 'postgres'))(
  'a temporary view on one of the server’s connections is found on that connection, on %s',
  async (engine) => {
    const test = await createLog(engine)
    await test.store.db.connection().execute(async (db) => {
      expect(await findReplacedTable(db)).toBeUndefined()
      await sql`create temp view audit_event as select * from public.audit_event where seq < 0`.execute(db)
      expect(await findReplacedTable(db)).toMatchObject({ message: expect.stringMatching(FINDING) })
    })
    expect(
      await verifyAside(
        { address: test.store.address, publicKey: test.signing().key.publicKey, known: [] },
        new AbortController().signal,
      ),
    ).toBeUndefined()
    await test.close()
  },
)

describe.each(engines)('a log with something else in place of one of its tables, on %s', (engine) => {
  let test: TestLog
  beforeAll(async () => {
    test = await createLog(engine)
    await test.append('ana')
    await test.log.sign()
    await test.log.close()
  })
  afterAll(() => test.close())

  const verify = async () => verifyLog(test.store.db, await readLogKey(test.database.logKey))
  const run = async (statements: readonly string[]) => {
    for (const statement of statements) await sql.raw(statement).execute(test.store.db)
  }

  it.each(engine === 'postgres' ? [...REPLACED, ...OF_POSTGRES] : REPLACED)(
    'is not sound: %s for %s',
    async (_what, _table, replace, restore) => {
      await run(replace)
      await expect(verify()).rejects.toThrow(FINDING)
      await run(restore)
      // PostgreSQL forgets that there was a rule, or another table, when it cleans up.
      if (engine === 'postgres') await run(['vacuum analyze audit_event'])
      expect((await verify()).entries).toBe(1)
    },
  )
})
