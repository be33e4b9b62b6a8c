import { createHash } from 'node:crypto'
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely'
import pg from 'pg'
import { migrate } from './migrations.ts'
import type { Database, Db } from './schema.ts'
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
  // A connection that breaks is replaced; the request that needs one says what is wrong.
  pool.on('connect', (client) => client.on('error', () => undefined))
  pool.on('error', () => undefined)
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool: forKysely(pool) }) })
  try {
    await migrate(db, 'postgres')
  } catch (error) {
    await db.destroy()
    throw error
  }
  const running = new Set<Promise<unknown>>()
  return {
    db,
    write: (work) => {
      const written = inTransaction(db, work)
      running.add(written)
      const forget = () => void running.delete(written)
      written.then(forget, forget)
      return written
    },
    close: async () => {
      while (running.size > 0) await Promise.allSettled(running)
      await db.destroy()
    },
  }
}

/** How often a work is tried that waits for another which waits for it; one of the two goes on. */
const TRIES = 5

const inTransaction = async <T>(db: Db, work: (trx: Db) => Promise<T>, tries = TRIES): Promise<T> => {
  try {
    return await db.transaction().execute(work)
  } catch (error) {
    if (tries > 1 && isDeadlock(error)) return inTransaction(db, work, tries - 1)
    throw error
  }
}

const isDeadlock = (error: unknown): boolean =>
  error instanceof StoreUnavailable &&
  error.cause instanceof pg.DatabaseError &&
  ['40P01', '40001'].includes(error.cause.code ?? '')

/** Longer ones are lists of rows, each of another length. */
const LONGEST_PREPARED = 4_000
/** What is asked every day is among the first ones; each connection keeps its own. */
const MOST_PREPARED = 500

/** The pool as Kysely wants it: each statement prepared once a connection, every fault one of the store. */
const forKysely = (pool: pg.Pool): PostgresPool => {
  const names = new Map<string, string>()
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text)
    if (known || text.length > LONGEST_PREPARED || names.size >= MOST_PREPARED) return known
    const name = createHash('sha256').update(text).digest('base64url')
    names.set(text, name)
    return name
  }
  const prepared = (client: pg.PoolClient) => {
    let isOutdated = false
    const query = async (text: string, values: readonly unknown[]) => {
      const name = values.length > 0 ? nameOf(text) : undefined
      try {
        return await client.query({ text, values: [...values], ...(name && { name }) })
      } catch (error) {
        // A newer version of Carekey changed a table under a prepared statement: a new connection prepares it anew.
        isOutdated ||= error instanceof pg.DatabaseError && error.code === FEATURE_NOT_SUPPORTED
        throw new StoreUnavailable(error)
      }
    }
    return { query, release: (broken?: boolean) => client.release(broken || isOutdated) }
  }
  const connect = async () => {
    const client = await pool.connect().catch((error: unknown) => {
      throw new StoreUnavailable(error)
    })
    return prepared(client)
  }
  // Kysely's type asks for cursors too, which nobody opens here.
  return { connect, end: () => pool.end(), options: pool.options } as unknown as PostgresPool
}

const FEATURE_NOT_SUPPORTED = '0A000'
const INT8 = 20

/** Times and keys are 64-bit in the database and safe integers here; counts come as text otherwise. */
const numbers: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')
