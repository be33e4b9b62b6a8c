import { PostgresAdapter, sql } from 'kysely'
import type { Db } from '../schema.ts'
import { compileOnce } from './compile-once.ts'

export const isPostgres = (db: Db): boolean => db.getExecutor().adapter instanceof PostgresAdapter

/** Returns the time of the database's server, in milliseconds since 1970; `undefined` for SQLite, which has this machine's. */
export const findDatabaseTime = async (db: Db): Promise<number | undefined> => {
  if (!isPostgres(db)) return undefined
  const { rows } = await sql<{ now: number }>`
    select cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now`.execute(db)
  return rows[0]?.now
}

/**
 * The setting that stores the latest time of all processes. The log's entries alone would not do, because a server may have nothing to log
 * for days.
 */
export const LATEST_TIME = 'clock.seen'

/** How far ahead of the database's clock a stored time is believed, in milliseconds. */
const MOST_AHEAD = 60_000

/** Stores the time of a process, unless another one has stored a later one. */
export const storeLatestTime = async (trx: Db, now: number): Promise<void> => {
  await trx
    .insertInto('setting')
    .values({ name: LATEST_TIME, value: String(now) })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ value: String(now) })
        .where(sql<boolean>`cast(setting.value as bigint) < ${now}`),
    )
    .execute()
}

/**
 * Returns the earliest date, in milliseconds since 1970, that anything written now may have: the time that another process has stored, as
 * far as the database's own clock agrees.
 */
export const findEarliestTime = async (db: Db): Promise<number> => {
  const [row] = await selectTimes(db, {})
  return row ? Math.min(Number(row.latest) || 0, row.now + MOST_AHEAD) : 0
}

const selectTimes = compileOnce((db, _none: object) =>
  db
    .selectFrom('setting')
    .select([
      'value as latest',
      (isPostgres(db)
        ? sql<number>`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`
        : sql<number>`cast(unixepoch('subsec') * 1000 as integer)`
      ).as('now'),
    ])
    .where('name', '=', sql.lit(LATEST_TIME)),
)
