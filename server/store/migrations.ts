import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { Db } from './schema.ts'

/** The primary key is the table: half the size and one seek less than a row beside its key. */
const WITHOUT_ROWID = sql`without rowid`

/** The one history of the schema, in order. A released migration never changes. */
const MIGRATIONS: Record<string, Migration> = {
  '0001-oauth': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('oauth_record')
        .addColumn('model', 'text', (c) => c.notNull())
        .addColumn('id', 'text', (c) => c.notNull())
        .addColumn('payload', 'text', (c) => c.notNull())
        .addColumn('grant_id', 'text')
        .addColumn('account_id', 'text')
        .addColumn('uid', 'text')
        .addColumn('consumed_at', 'bigint')
        .addColumn('expires_at', 'bigint')
        .addPrimaryKeyConstraint('oauth_record_key', ['model', 'id'])
        .execute()
      await index(db, 'oauth_record', 'grant_id')
      await index(db, 'oauth_record', 'uid')
      await index(db, 'oauth_record', 'expires_at')
      await db.schema
        .createTable('consent')
        .addColumn('grant_id', 'text', (c) => c.primaryKey())
        .addColumn('account_id', 'text', (c) => c.notNull())
        .addColumn('client_id', 'text', (c) => c.notNull())
        .addColumn('patient', 'text')
        .addColumn('scope', 'text', (c) => c.notNull())
        .addColumn('window', 'text', (c) => c.notNull())
        .addColumn('created_at', 'bigint', (c) => c.notNull())
        .addColumn('expires_at', 'bigint', (c) => c.notNull())
        .addColumn('revoked_at', 'bigint')
        .execute()
      await index(db, 'consent', 'account_id')
      await db.schema
        .createTable('account')
        .addColumn('id', 'text', (c) => c.primaryKey())
        .addColumn('username', 'text', (c) => c.notNull().unique())
        .addColumn('password_hash', 'text', (c) => c.notNull())
        .addColumn('name', 'text', (c) => c.notNull())
        .addColumn('role', 'text', (c) => c.notNull())
        .addColumn('patient', 'text')
        .addColumn('practitioner', 'text')
        .execute()
      await db.schema
        .createTable('setting')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('value', 'text', (c) => c.notNull())
        .execute()
    },
  },
  '0002-records': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('resource')
        .addColumn('key', 'integer', (c) => c.primaryKey())
        .addColumn('type', 'text', (c) => c.notNull())
        .addColumn('id', 'text', (c) => c.notNull())
        .addColumn('version', 'integer', (c) => c.notNull())
        .addColumn('last_updated', 'bigint', (c) => c.notNull())
        .addColumn('sort_date', 'bigint', (c) => c.notNull())
        .addColumn('json', 'text', (c) => c.notNull())
        .addUniqueConstraint('resource_identity', ['type', 'id'])
        .execute()
      await index(db, 'resource', 'type', 'key')
      await index(db, 'resource', 'type', 'sort_date', 'key')
      await db.schema
        .createTable('compartment')
        .addColumn('patient', 'text', (c) => c.notNull())
        .addColumn('type', 'text', (c) => c.notNull())
        .addColumn('key', 'integer', (c) => c.notNull())
        .addPrimaryKeyConstraint('compartment_key', ['patient', 'type', 'key'])
        .modifyEnd(WITHOUT_ROWID)
        .execute()
      await index(db, 'compartment', 'key')
      await indexTable(db, 'index_string', 'text', ['folded', 'exact'])
      await index(db, 'index_string', 'type', 'param', 'folded')
      await index(db, 'index_string', 'type', 'param', 'exact')
      await indexTable(db, 'index_token', 'text', ['code', 'system'])
      await index(db, 'index_token', 'type', 'param', 'code', 'system')
      await indexTable(db, 'index_reference', 'text', ['target_type', 'target_id'])
      await index(db, 'index_reference', 'type', 'param', 'target_type', 'target_id')
      await indexTable(db, 'index_date', 'bigint', ['low', 'high'])
      await index(db, 'index_date', 'type', 'param', 'low', 'high')
    },
  },
  '0003-access-log': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('audit_event')
        .addColumn('seq', 'integer', (c) => c.primaryKey())
        .addColumn('id', 'text', (c) => c.notNull().unique())
        .addColumn('recorded', 'bigint', (c) => c.notNull())
        .addColumn('patient', 'text')
        .addColumn('agent', 'text')
        .addColumn('client_id', 'text')
        .addColumn('type', 'text', (c) => c.notNull())
        .addColumn('subtype', 'text', (c) => c.notNull())
        .addColumn('outcome', 'text', (c) => c.notNull())
        .addColumn('request_id', 'text', (c) => c.notNull())
        .addColumn('json', 'text', (c) => c.notNull())
        .execute()
      await index(db, 'audit_event', 'patient', 'recorded')
      await index(db, 'audit_event', 'recorded')
    },
  },
}

/** A resource's values lie together under its key: a second filter is one probe, and a new version replaces one range. */
const indexTable = (
  db: Kysely<unknown>,
  table: string,
  kind: 'text' | 'bigint',
  [first, second]: [string, string],
) =>
  db.schema
    .createTable(table)
    .addColumn('key', 'integer', (c) => c.notNull())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('param', 'text', (c) => c.notNull())
    .addColumn(first, kind, (c) => c.notNull())
    .addColumn(second, kind, (c) => c.notNull())
    .addPrimaryKeyConstraint(`${table}_key`, ['key', 'param', first, second])
    .modifyEnd(WITHOUT_ROWID)
    .execute()

const index = (db: Kysely<unknown>, table: string, ...columns: string[]) =>
  db.schema
    .createIndex(`${table}_${columns.join('_')}`)
    .on(table)
    .columns(columns)
    .execute()

/**
 * Brings the schema up to date, or throws and changes nothing.
 *
 * @throws Error when the database belongs to a newer version or to another program.
 */
export const migrate = async (db: Db): Promise<void> => {
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => MIGRATIONS },
    migrationTableName: 'schema_history',
    migrationLockTableName: 'schema_lock',
  }).migrateToLatest()
  if (error) throw new Error('The database is not one of this version of Carekey.', { cause: error })
}
