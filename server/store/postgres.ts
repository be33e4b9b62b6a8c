import { createHash } from 'node:crypto'
import { Kysely, PostgresDialect, type PostgresPool, sql } from 'kysely'
import pg from 'pg'
import { migrate } from './migrate.ts'
import type { Database, Db } from './schema.ts'
import { type Store, StoreUnavailable } from './store.ts'

/** Most connections of a process; waiting requests queue for one. */
const CONNECTIONS = 10

/**
 * Opens a PostgreSQL database and migrates its schema. Any number of processes may share it: work that must happen only once is
 * claimed by compare-and-set in the database, never in a process.
 */
export const openPostgres = async (url: string): Promise<Store> => {
  requireEncryption(url)
  await withoutLimit(url, (unlimited) => migrate(unlimited, 'postgres'))
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    // Statements that are not awaited one by one are sent together.
    pipeline: true,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 30_000,
    idle_in_transaction_session_timeout: 30_000,
    types: { getTypeParser: numbers },
  })
  // A broken connection is replaced; the request that uses it reports the error.
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

/** Runs work on a separate connection without a time limit, because its statements take as long as large tables require. */
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
 * Requires encryption to another machine, so that records do not cross a network in clear, unless `sslmode=disable` requests it.
 *
 * @throws Error when the address leads to another machine and states no `sslmode`.
 */
export const requireEncryption = (url: string): void => {
  // The driver parses the address and its environment; it does not connect here.
  const { host, ssl } = new pg.Client({ connectionString: url })
  const isHere =
    host.startsWith('/') || host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)
  const said = URL.parse(url)?.searchParams.get('sslmode') ?? process.env.PGSSLMODE
  if (isHere || ssl || said === 'disable') return
  throw new Error(
    'Records would cross the network in clear. Add ?sslmode=verify-full to its address, or ?sslmode=disable where the network itself is trusted',
  )
}

/** Most tries of a work that meets another in a deadlock. */
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
 * Runs a transaction in fewer round trips than Kysely's, which await each statement. BEGIN is sent with the first statement;
 * statements that a work starts together are sent together, in the order in which it started them.
 */
const transact = async <T>(connection: Connection, work: (trx: Db) => Promise<T>): Promise<T> => {
  let isBroken = false
  try {
    const begun = connection.query('begin', [])
    begun.catch(() => undefined)
    const value = await work(connection.db)
    await begun
    // The COMMIT of an aborted transaction rolls it back and reports that.
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

/** Longest statement that is prepared; longer ones are lists of rows of varying length. */
const LONGEST_PREPARED = 4_000
/** Most prepared statements of a connection; the frequent ones are among the first. */
const MOST_PREPARED = 500

interface Connection {
  query(text: string, values: readonly unknown[]): Promise<pg.QueryResult>
  release(broken?: boolean): void
  /** Sends its statements to this connection only. */
  readonly db: Db
}
interface Connections extends Pick<pg.Pool, 'options' | 'end'> {
  connect(): Promise<Connection>
}

/** Kysely's type requires cursors too, which are not used here. */
const kysely = (connections: object): Db =>
  new Kysely<Database>({ dialect: new PostgresDialect({ pool: connections as PostgresPool }) })

/** Wraps the pool: prepares each statement once per connection, and turns every fault into one of the store. */
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
        // A newer version of Carekey changed a table of a prepared statement; a new connection prepares it again.
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
 * Replaces NUL by the sign for an unreadable character. PostgreSQL cannot store NUL and refuses the whole statement, as if the
 * database had failed; a value with NUL should simply match nothing, as in SQLite.
 */
const storable = (value: unknown): unknown =>
  typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value

const FEATURE_NOT_SUPPORTED = '0A000'
const INT8 = 20

/** Times and keys are 64-bit in the database and safe integers here; counts come as text otherwise. */
const numbers: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')
