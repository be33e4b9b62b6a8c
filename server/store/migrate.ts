import { sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { type Engine, migrations } from './migrations.ts'
import type { Db } from './schema.ts'

/**
 * Brings the schema up to date, or throws and changes nothing.
 *
 * @throws StoreUnavailable when it cannot be reached.
 * @throws Error when the database belongs to a newer version, or cannot be read.
 */
export const migrate = async (db: Db, engine: Engine): Promise<void> => {
  const known = migrations(engine)
  const { error } = await new Migrator({
    db,
    provider: { getMigrations: async () => known },
    migrationTableName: HISTORY,
    migrationLockTableName: 'schema_lock',
  }).migrateToLatest()
  if (!error) return
  const newer = await findUnknown(db, known).catch(() => undefined)
  throw newer === undefined ? error : new Error('It belongs to a newer version of Carekey', { cause: error })
}

/** The table that every database of Carekey has. */
export const HISTORY = 'schema_history'

const findUnknown = async (db: Db, known: object): Promise<string | undefined> => {
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(HISTORY)}`.execute(db)
  return rows.map(({ name }) => name).find((name) => !Object.hasOwn(known, name))
}
