import { PostgresAdapter, sql } from 'kysely'
import type { Db } from './schema.ts'

export const isPostgres = (db: Db): boolean => db.getExecutor().adapter instanceof PostgresAdapter

/** Returns the time of the database's server, in milliseconds since 1970; `undefined` for SQLite, which has this machine's. */
export const findDatabaseTime = async (db: Db): Promise<number | undefined> => {
  if (!isPostgres(db)) return undefined
  const { rows } = await sql<{ now: number }>`
    select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now`.execute(db)
  return rows[0]?.now
}
