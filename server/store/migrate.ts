import { sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { type Engine, migrations } from './migrations.ts'
import type { Db } from './schema.ts'

/**
 * Brings the schema up to date. If it throws, nothing was changed.
 *
 * @throws StoreUnavailable when the database cannot be reached.
 * @throws Error when the database belongs to a newer version, or cannot be read.
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
  const newer = await findNewerMigration(db, history).catch(() => undefined)
  throw newer === undefined ? error : new Error('It belongs to a newer version of Carekey', { cause: error })
}

/**
 * Checks that the schema is this version's, for a reader that changes nothing.
 *
 * @throws Error when it is not.
 */
export const requireCurrent = async (db: Db, engine: Engine): Promise<void> => {
  const history = migrations(engine)
  if ((await findNewerMigration(db, history)) !== undefined)
    throw new Error('It belongs to a newer version of Carekey')
  const { rows } = await sql`select name from ${sql.table(HISTORY)}`.execute(db)
  if (rows.length < Object.keys(history).length)
    throw new Error('It belongs to an older version of Carekey; the server brings it up to date at its start')
}

/** The table that every database of Carekey has. */
export const HISTORY = 'schema_history'

const findNewerMigration = async (db: Db, history: object): Promise<string | undefined> => {
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(HISTORY)}`.execute(db)
  return rows.map(({ name }) => name).find((name) => !Object.hasOwn(history, name))
}
