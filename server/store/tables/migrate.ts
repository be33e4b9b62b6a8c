import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { Db } from '../schema.ts'
import { createIndex, DIALECT, type Engine } from './dialect.ts'
import { createLogTables } from './log-tables.ts'
import { createOauthTables } from './oauth-tables.ts'
import { createRecordTables } from './record-tables.ts'

/** The migration that makes a database. One without it was made before the first release. */
const FIRST = '0001'

/** Returns the migrations of the schema, by names whose order is that of the migrations. A released migration never changes. */
export const migrations = (engine: Engine): Record<string, Migration> => ({
  [FIRST]: {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('setting')
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('value', 'text', (c) => c.notNull())
        .execute()
      await createOauthTables(db, DIALECT[engine])
      await createRecordTables(db, DIALECT[engine])
      await createLogTables(db, DIALECT[engine])
      await createWithingsTables(db)
    },
  },
})

/** Creates `WithingsAccountTable` and `WithingsLeftoverTable`. */
const createWithingsTables = async (db: Kysely<unknown>): Promise<void> => {
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
    .addColumn('unknown_at', 'bigint')
    .addColumn('next_read', 'bigint', (c) => c.notNull())
    .addColumn('fault', 'text')
    .addColumn('hook', 'text', (c) => c.unique())
    .addColumn('unnamed_until', 'bigint')
    .addColumn('ending_until', 'bigint', (c) => c.notNull().defaultTo(0))
    .addPrimaryKeyConstraint('withings_account_key', ['issuer', 'userid'])
    .execute()
  await createIndex(db, 'withings_account', 'account_id')
  await db.schema
    .createTable('withings_leftover')
    .addColumn('patient', 'text', (c) => c.primaryKey())
    .addColumn('issuer', 'text', (c) => c.notNull())
    .addColumn('userid', 'text', (c) => c.notNull())
    .execute()
}

/**
 * Brings the schema up to date. If it throws, nothing was changed.
 *
 * @throws StoreUnavailable when the database cannot be reached.
 * @throws Error when the database belongs to a newer version or is from before the first release, or cannot be read.
 */
export const migrate = async (db: Db, engine: Engine): Promise<void> => {
  const history = migrations(engine)
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => history },
    migrationTableName: HISTORY,
    migrationLockTableName: 'schema_lock',
  }).migrateToLatest()
  if (!error) return
  const refusal = await findMigrations(db).then(
    (names) => refusalOf(names, history),
    () => undefined,
  )
  throw refusal === undefined ? error : new Error(refusal, { cause: error })
}

/** Throws for a schema that cannot be used. */
export type Judge = (db: Db, engine: Engine) => Promise<unknown>

/** Whether the schema is this version's, for a reader that changes nothing. @throws Error when this version cannot use it. */
export const isCurrent = async (db: Db, engine: Engine): Promise<boolean> => {
  const history = migrations(engine)
  const names = await findMigrations(db)
  const refusal = refusalOf(names, history)
  if (refusal !== undefined) throw new Error(refusal)
  return names.length === Object.keys(history).length
}

/** @throws Error when the schema is not this version's. */
export const requireCurrent: Judge = async (db, engine) => {
  if (!(await isCurrent(db, engine)))
    throw new Error('It belongs to an older version of Carekey; the server brings it up to date at its start')
}

/** The table that every database of Carekey has. */
export const HISTORY = 'schema_history'

const findMigrations = async (db: Db): Promise<string[]> => {
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(HISTORY)}`.execute(db)
  return rows.map(({ name }) => name)
}

/** Returns why this version cannot use a database with these migrations; `undefined` if it can, or can migrate it. */
const refusalOf = (names: readonly string[], history: object): string | undefined => {
  if (names.every((name) => Object.hasOwn(history, name))) return undefined
  return names.includes(FIRST)
    ? 'It belongs to a newer version of Carekey'
    : 'It is from before Carekey 0.1.0, and no version can read it; move it and its key files away, and the server makes new ones'
}
