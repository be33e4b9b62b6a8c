import type { Kysely } from 'kysely'
import { createIndex } from './create-index.ts'

/** Creates `WithingsAccountTable`. */
export const createWithingsTable = async (db: Kysely<unknown>): Promise<void> => {
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
    .addColumn('connection', 'text', (c) => c.notNull())
    .addColumn('renewing_until', 'bigint', (c) => c.notNull())
    .addColumn('since', 'bigint')
    .addColumn('read_at', 'bigint')
    .addColumn('whole_at', 'bigint')
    .addColumn('next_read', 'bigint', (c) => c.notNull())
    .addColumn('fault', 'text')
    .addColumn('hook', 'text', (c) => c.unique())
    .addColumn('unnamed_until', 'bigint')
    .addColumn('ending_until', 'bigint', (c) => c.notNull().defaultTo(0))
    .addPrimaryKeyConstraint('withings_account_key', ['issuer', 'userid'])
    .execute()
  await createIndex(db, 'withings_account', 'account_id')
}
