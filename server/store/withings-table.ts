import { type Kysely, sql } from 'kysely'
import { index } from './log-tables.ts'

/** Creates `WithingsAccountTable`. */
export const createWithingsAccounts = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('withings_account')
    .addColumn('issuer', 'text', (c) => c.notNull())
    .addColumn('userid', 'text', (c) => c.notNull())
    .addColumn('account_id', 'text', (c) => c.notNull())
    .addColumn('patient', 'text', (c) => c.notNull().unique())
    .addColumn('access_token', 'text', (c) => c.notNull())
    .addColumn('refresh_token', 'text', (c) => c.notNull())
    .addColumn('access_ends', 'bigint', (c) => c.notNull())
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('renewing_until', 'bigint', (c) => c.notNull())
    .addColumn('since', 'bigint')
    .addColumn('read_at', 'bigint')
    .addColumn('next_read', 'bigint', (c) => c.notNull())
    .addColumn('fault', 'text')
    .addColumn('hook', 'text', (c) => c.unique())
    .addPrimaryKeyConstraint('withings_account_key', ['issuer', 'userid'])
    .execute()
  await index(db, 'withings_account', 'account_id')
}

/** Adds `WithingsAccountTable.connection`. */
export const addWithingsConnection = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .alterTable('withings_account')
    .addColumn('connection', 'text', (c) => c.notNull().defaultTo(''))
    .execute()

/** Adds `WithingsAccountTable.whole_at`. */
export const addWithingsWhole = (db: Kysely<unknown>): Promise<void> =>
  db.schema.alterTable('withings_account').addColumn('whole_at', 'bigint').execute()

/** Adds `WithingsAccountTable.ending_until`. */
export const addWithingsEnding = (db: Kysely<unknown>): Promise<void> =>
  db.schema
    .alterTable('withings_account')
    .addColumn('ending_until', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute()

/** Has all readings fetched again: those that an earlier version stored have no code for the mass of fat. */
export const fetchReadingsAgain = async (db: Kysely<unknown>): Promise<void> => {
  await sql`update withings_account set since = null, next_read = 0`.execute(db)
}

/** Adds `WithingsAccountTable.unnamed_until`. Existing accounts whose person never entered a name are due for removal at once. */
export const addUnnamedUntil = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema.alterTable('withings_account').addColumn('unnamed_until', 'bigint').execute()
  await sql`update withings_account set unnamed_until = 0
    where (fault is null or fault <> 'removed')
    and account_id in (
      select account.id from account join resource on resource.type = 'Patient' and resource.id = account.patient
      where account.name = 'Withings user' and resource.json not like '%"birthDate"%'
    )`.execute(db)
}
