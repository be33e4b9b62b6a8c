import { createHash } from 'node:crypto'
import { Kysely, PostgresDialect, type PostgresPool, sql } from 'kysely'
import pg from 'pg'
import { migrate } from './migrate.ts'
import type { Database, Db } from './schema.ts'
import { type Store, StoreUnavailable } from './store.ts'

/** Connections a process holds at most; waiting requests queue for one. */
const CONNECTIONS = 10

/**
 * Opens a PostgreSQL database, bringing its schema up to date. Any number of processes may share it: what has to happen
 * once is decided by compare-and-set in the database, never in a process.
 */
export const openPostgres = async (url: string): Promise<Store> => {
  requireEncryption(url)
  await withoutLimit(url, (unlimited) => migrate(unlimited, 'postgres'))
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    // Statements that are not waited for one by one travel together.
    pipeline: true,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
    types: { getTypeParser: numbers },
  })
  // A connection that breaks is replaced; the request that needs one says what is wrong.
  pool.on('connect', (client) => client.on('error', () => undefined))
  pool.on('error', () => undefined)
  const connections = preparing(pool)
  const db = kysely(connections)
  const running = new Set<Promise<unknown>>()
  return {
    db,
    write: (work) => {
      const written = inTransaction(connections, work)
      running.add(written)
      const forget = () => void running.delete(written)
      written.then(forget, forget)
      return written
    },
    wipe: (table) =>
      withoutLimit(url, async (unlimited) => {
        await sql`vacuum full ${sql.table(table)}`.execute(unlimited)
      }),
    close: async () => {
      while (running.size > 0) await Promise.allSettled(running)
      await db.destroy()
    },
  }
}

/** On a connection of its own, on which a statement may take as long as the size of the tables asks. */
const withoutLimit = async (url: string, work: (db: Db) => Promise<void>): Promise<void> => {
  const pool = new pg.Pool({ connectionString: url, max: 1, connectionTimeoutMillis: 5_000 })
  pool.on('error', () => undefined)
  const db = kysely(preparing(pool))
  try {
    await work(db)
  } finally {
    await db.destroy()
  }
}

/**
 * A record does not cross a network in clear, unless that is said: `sslmode=disable`.
 *
 * @throws Error when the address says nothing, and leads to another machine.
 */
export const requireEncryption = (url: string): void => {
  // As the driver understands the address and its environment; it connects to nothing here.
  const { host, ssl } = new pg.Client({ connectionString: url })
  const isHere =
    host.startsWith('/') || host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)
  const said = URL.parse(url)?.searchParams.get('sslmode') ?? process.env.PGSSLMODE
  if (isHere || ssl || said === 'disable') return
  throw new Error(
    'Records would cross the network in clear. Add ?sslmode=verify-full to its address, or ?sslmode=disable where the network itself is trusted',
  )
}

/** How often a work is tried that waits for another which waits for it; one of the two goes on. */
const TRIES = 5

const inTransaction = async <T>(
  connections: Connections,
  work: (trx: Db) => Promise<T>,
  tries = TRIES,
): Promise<T> => {
  try {
    return await connections.connect().then((connection) => transact(connection, work))
  } catch (error) {
    if (tries > 1 && isDeadlock(error)) return inTransaction(connections, work, tries - 1)
    throw error
  }
}

/**
 * Kysely's own transactions send a statement when the one before was answered. Here BEGIN travels with the first, and
 * statements that a work starts together travel together, in the order in which it started them.
 */
const transact = async <T>(connection: Connection, work: (trx: Db) => Promise<T>): Promise<T> => {
  let isBroken = false
  try {
    const begun = connection.query('begin', [])
    begun.catch(() => undefined)
    const value = await work(connection.db)
    await begun
    // An aborted transaction is rolled back by its COMMIT, and says so.
    const { command } = await connection.query('commit', [])
    if (command !== 'COMMIT') throw new StoreUnavailable(new Error('The transaction was rolled back.'))
    return value
  } catch (error) {
    await connection.query('rollback', []).catch(() => {
      isBroken = true
    })
    throw error
  } finally {
    connection.release(isBroken)
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

interface Connection {
  query(text: string, values: readonly unknown[]): Promise<pg.QueryResult>
  release(broken?: boolean): void
  /** Its statements go to this connection alone. */
  readonly db: Db
}
interface Connections extends Pick<pg.Pool, 'options' | 'end'> {
  connect(): Promise<Connection>
}

/** Kysely's type asks for cursors too, which nobody opens here. */
const kysely = (connections: object): Db =>
  new Kysely<Database>({ dialect: new PostgresDialect({ pool: connections as PostgresPool }) })

/** The pool, with each statement prepared once a connection, and every fault one of the store. */
const preparing = (pool: pg.Pool): Connections => {
  const names = new Map<string, string>()
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text)
    if (known || text.length > LONGEST_PREPARED || names.size >= MOST_PREPARED) return known
    const name = createHash('sha256').update(text).digest('base64url')
    names.set(text, name)
    return name
  }
  const prepare = (client: pg.PoolClient): Connection => {
    let isOutdated = false
    const query = async (text: string, values: readonly unknown[]) => {
      const name = values.length > 0 ? nameOf(text) : undefined
      try {
        return await client.query({ text, values: values.map(storable), ...(name && { name }) })
      } catch (error) {
        // A newer version of Carekey changed a table under a prepared statement: a new connection prepares it anew.
        isOutdated ||= error instanceof pg.DatabaseError && error.code === FEATURE_NOT_SUPPORTED
        throw new StoreUnavailable(error)
      }
    }
    const itself = { query, release: () => undefined }
    const db = kysely({ connect: async () => itself, options: pool.options })
    return { query, release: (broken) => client.release(broken || isOutdated), db }
  }
  const prepared = new WeakMap<pg.PoolClient, Connection>()
  const connect = async (): Promise<Connection> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw new StoreUnavailable(error)
    })
    const connection = prepared.get(client) ?? prepare(client)
    prepared.set(client, connection)
    return connection
  }
  return { connect, end: () => pool.end(), options: pool.options }
}

/**
 * PostgreSQL knows no NUL and refuses the whole statement, as if it were the database's fault. What holds one is to be
 * nobody's, as in SQLite, so the sign for an unreadable character stands there.
 */
const storable = (value: unknown): unknown =>
  typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value

const FEATURE_NOT_SUPPORTED = '0A000'
const INT8 = 20

/** Times and keys are 64-bit in the database and safe integers here; counts come as text otherwise. */
const numbers: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')
