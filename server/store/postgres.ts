import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { migrate } from './migrations.ts'
import type { Database } from './schema.ts'
import { type Store, StoreUnavailable } from './store.ts'

/** Connections a process holds at most; waiting requests queue for one. */
const CONNECTIONS = 10

/**
 * Opens a PostgreSQL database, bringing its schema up to date. Any number of processes may share it: what has to happen
 * once is decided by compare-and-set in the database, never in a process.
 */
export const openPostgres = async (url: string): Promise<Store> => {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
    types: { getTypeParser: numbers },
  })
  // A connection that breaks while it idles is replaced; the next request that needs one says what is wrong.
  pool.on('error', () => undefined)
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  try {
    await migrate(db, 'postgres')
  } catch (error) {
    await db.destroy()
    throw error
  }
  return {
    db,
    write: async (work) => {
      try {
        return await db.transaction().execute(work)
      } catch (error) {
        throw isDatabaseError(error) ? new StoreUnavailable(error) : error
      }
    },
    close: () => db.destroy(),
  }
}

const INT8 = 20

/** Times and keys are 64-bit in the database and safe integers here; counts come as text otherwise. */
const numbers: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')

/** SQLSTATE (five characters), or a broken connection (`ECONNREFUSED` …), or none to be had in time. */
const isDatabaseError = (error: unknown): boolean =>
  error instanceof Error &&
  (error instanceof pg.DatabaseError ||
    ('code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code)) ||
    /^(Connection terminated|timeout exceeded when trying to connect)/.test(error.message))
