import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type DialectAdapter, Kysely, PostgresAdapter, PostgresDialect, type PostgresPool, sql } from 'kysely'
import pg from 'pg'
import { beginWork, SentAtOnce } from '../last-writes.ts'
import type { Database, Db } from '../schema.ts'
import { LONG_STATEMENT, MOST_STATEMENTS } from '../statements/compile-by-shape.ts'
import { findEarliestTime } from '../statements/latest-time.ts'
import { type NotConnected, type Reader, type Store, StoreUnavailable } from '../store.ts'
import { HISTORY, type Judge, migrate, requireCurrent } from '../tables/migrate.ts'
import { PasswordFileClient } from './password-file-client.ts'
import { serversOf } from './postgres-servers.ts'
import { shareCommits } from './share-commits.ts'
import { isPoolInUse, watchConnects } from './watch-connects.ts'
import { Silent, WatchedClient } from './watched-client.ts'

/** Connections of a process. Further requests wait until one is free. */
const CONNECTIONS = 10
/** In milliseconds. */
const LONGEST_CONNECT = 4_000

/**
 * Opens a PostgreSQL database and migrates its schema. Any number of processes may share it, because work that must happen only once
 * is claimed by compare-and-set in the database, never in a process.
 *
 * @throws Error when records would cross the network unencrypted, or the database belongs to a newer version.
 * @throws StoreUnavailable when the database cannot be reached.
 */
export const openPostgres = async (url: string): Promise<Store> => {
  requireEncryption(url)
  await withoutLimit(url, (unlimited) => migrate(unlimited, 'postgres'))
  const connections = preparePool(url, {
    max: CONNECTIONS,
    // Statements that are not awaited one by one are sent together.
    pipeline: true,
    statement_timeout: 30_000,
    Client: WatchedClient,
    idle_in_transaction_session_timeout: 30_000,
    types: { getTypeParser: typeParser },
  })
  const db = createKysely(connections)
  const running = new Set<Promise<unknown>>()
  const track = <T>(result: Promise<T>): Promise<T> => {
    running.add(result)
    const removeFromRunning = () => void running.delete(result)
    result.then(removeFromRunning, removeFromRunning)
    return result
  }
  const writeLast = shareCommits((work) => inTransaction(connections, work))
  return {
    db,
    address: { engine: 'postgres', url },
    write: (work) => track(inTransaction(connections, work)),
    writeLast: (addRows) => track(writeLast(addRows)),
    wipe: (...tables) => rewriteTables(url, tables),
    connectFault: connections.connectFault,
    connections: connections.count,
    close: async () => {
      while (running.size > 0) await Promise.allSettled(running)
      await db.destroy()
    },
  }
}

/**
 * Opens a PostgreSQL database for reading only; its server refuses every change.
 *
 * @param judge as that of `readSqlite`.
 * @throws Error when records would cross the network unencrypted, or the database is not one of this version of Carekey.
 * @throws StoreUnavailable when the database cannot be reached.
 */
export const readPostgres = async (url: string, judge: Judge = requireCurrent): Promise<Reader> => {
  requireEncryption(url)
  const db = createKysely(
    preparePool(url, {
      max: 1,
      types: { getTypeParser: typeParser },
      // A connection that cannot be made read-only is closed, and never used.
      onConnect: (client) => client.query('set default_transaction_read_only = on'),
    }),
  )
  const close = () => db.destroy()
  try {
    await judge(db, 'postgres')
    return { db, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Whether a PostgreSQL database holds anything of Carekey. @throws as `readPostgres` */
export const isCarekeyPostgres = async (url: string): Promise<boolean> => {
  requireEncryption(url)
  let found = false
  await withoutLimit(url, async (db) => {
    const { rows } = await sql<{
      found: boolean
    }>`select to_regclass(${HISTORY}) is not null as found`.execute(db)
    found = rows[0]?.found === true
  })
  return found
}

/** The pool replaces a broken connection, and the request that uses it reports the error. */
const createPool = (options: pg.PoolConfig): pg.Pool => {
  const pool = new pg.Pool({
    ...{ connectionTimeoutMillis: LONGEST_CONNECT, keepAlive: true, Client: PasswordFileClient },
    ...options,
  })
  pool.on('connect', (client) => client.on('error', () => undefined))
  pool.on('error', () => undefined)
  return pool
}

/** Milliseconds that a table waits to be rewritten. What else uses it waits as well, so it must not wait for a backup. */
const LOCK_TIMEOUT = 5_000
/** Milliseconds that transactions have to end which still see deleted rows. Those of the server are shorter. */
const READER_TIMEOUT = 5_000

/**
 * Rewrites tables, and what the planner knows of their values, because the most common ones stand in its statistics. Only the owner of the
 * database can rewrite those; PostgreSQL skips them for others, and deletes what is outdated there later.
 *
 * @throws StoreUnavailable also when a transaction can still see deleted rows, because PostgreSQL then keeps them.
 */
const rewriteTables = async (url: string, tables: readonly (keyof Database)[]): Promise<void> => {
  let kept: string | undefined
  const onConnect = (client: pg.ClientBase) => {
    // The first number of the detail, in whatever language: how many deleted rows were kept.
    client.on('notice', ({ detail }) => {
      kept ??= detail?.match(/\d+/)?.[0]
    })
  }
  const work = async (db: Db) => {
    /** That rows were kept is no error to PostgreSQL: it says so in a notice. */
    const rewrite = async (table: string, ifSkipped?: '0') => {
      for (let tries = 0; tries < 2; tries++) {
        if (tries > 0) await sleep(READER_TIMEOUT)
        kept = undefined
        await sql`vacuum (full, analyze, verbose) ${sql.table(table)}`.execute(db)
        if ((kept ?? ifSkipped) === '0') return
      }
      throw new StoreUnavailable(new Error('another process, such as a backup, is reading the database'))
    }
    for (const table of tables) await rewrite(table)
    await rewrite('pg_catalog.pg_statistic', '0')
  }
  await withoutLimit(url, work, { lock_timeout: LOCK_TIMEOUT, onConnect })
}

/** Runs work on a separate connection without a time limit, because its statements take as long as large tables require. */
export const withoutLimit = async <T>(
  url: string,
  work: (db: Db) => Promise<T>,
  options: pg.PoolConfig = {},
): Promise<T> => {
  const db = createKysely(preparePool(url, { max: 1, types: { getTypeParser: typeParser }, ...options }))
  try {
    return await work(db)
  } finally {
    await db.destroy()
  }
}

/**
 * Requires an encrypted connection to a database on another machine, unless the operator states `sslmode=disable`.
 *
 * @throws Error when records would cross the network in clear text.
 */
export const requireEncryption = (url: string): void => {
  const isSafe = (connectionString: string) => {
    // The driver parses the address and its environment; it does not connect here.
    const { host, ssl } = new pg.Client({ connectionString })
    const isLocal =
      host.startsWith('/') || host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)
    const sslMode = URL.parse(connectionString)?.searchParams.get('sslmode') ?? process.env.PGSSLMODE
    return isLocal || ssl || sslMode === 'disable'
  }
  if (serversOf(url).every(isSafe)) return
  throw new Error(
    'Records would cross the network in clear text. Add ?sslmode=verify-full to the address, or ?sslmode=disable if you trust the network',
  )
}

/** Tries of a work that collides with another. */
const TRIES = 5

const inTransaction = async <T>(
  connections: Connections,
  work: (trx: Db) => Promise<T>,
  { tries = TRIES, notBefore = 0 } = {},
): Promise<T> => {
  try {
    return await connections.connect().then((connection) => transact(connection, work, notBefore))
  } catch (error) {
    if (tries > 1 && error instanceof Misdated)
      return inTransaction(connections, work, { tries: tries - 1, notBefore: error.notBefore })
    if (tries > 1 && isCollision(error))
      return inTransaction(connections, work, { tries: tries - 1, notBefore })
    throw error
  }
}

/** How far a transaction may be dated before the time that another process has stored, in milliseconds: machines differ by a little. */
const SLACK = 10_000

/** A transaction that was dated too early, because this machine slept, for example. */
class Misdated extends StoreUnavailable {
  readonly notBefore: number
  constructor(notBefore: number) {
    super(new Error("This machine's clock is behind that of other servers."))
    this.notBefore = notBefore
  }
}

/**
 * Runs a transaction in fewer round trips than Kysely, which awaits each statement. BEGIN is sent together with the first statement,
 * and statements that the work starts without awaiting them are sent together, in that order.
 */
const transact = async <T>(
  connection: Connection,
  work: (trx: Db) => Promise<T>,
  notBefore: number,
): Promise<T> => {
  let isBroken = false
  try {
    const begin = connection.query('begin', [])
    begin.catch(() => undefined)
    const end = beginWork(connection.db, new SentAtOnce(connection.db, notBefore))
    const value = await work(connection.db)
    // Asked together with the last rows, when all dates are given.
    const earliest = Number.isFinite(end.earliest) ? findEarliestTime(connection.db) : Promise.resolve(0)
    earliest.catch(() => undefined)
    await end.run()
    await begin
    if (end.earliest < (await earliest) - SLACK) throw new Misdated(await earliest)
    // COMMIT on an aborted transaction rolls it back, and says so only in the name of the command.
    const { command } = await connection.query('commit', [])
    if (command !== 'COMMIT') throw new StoreUnavailable(new Error('The transaction was rolled back.'))
    end.committed()
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

/** Deadlock, serialization failure, and unique violation: another work inserted the row after this one had not found it. */
const COLLISIONS = ['40P01', '40001', '23505']

const isCollision = (error: unknown): boolean =>
  error instanceof StoreUnavailable &&
  error.cause instanceof pg.DatabaseError &&
  COLLISIONS.includes(error.cause.code ?? '')

interface Connection {
  query(text: string, values: readonly unknown[]): Promise<pg.QueryResult>
  release(broken?: boolean): void
  /** Sends its statements to this connection only. */
  readonly db: Db
}
interface Connections extends Pick<pg.Pool, 'options' | 'end'> {
  /** @throws StoreUnavailable */
  connect(): Promise<Connection>
  /** As that of `Store`. */
  connectFault(): Promise<NotConnected | undefined>
  count: NonNullable<Store['connections']>
  /** Shared by all connections, because compiled statements and the log's tree are cached by it. */
  readonly adapter: DialectAdapter
}

/** The cast is needed because Kysely's type also requires cursors, which are not used here. */
const createKysely = (connections: Pick<Connections, 'adapter'>): Db => {
  const dialect = new PostgresDialect({ pool: connections as object as PostgresPool })
  return new Kysely<Database>({
    dialect: {
      createAdapter: () => connections.adapter,
      createDriver: () => dialect.createDriver(),
      createIntrospector: (db) => dialect.createIntrospector(db),
      createQueryCompiler: () => dialect.createQueryCompiler(),
    },
  })
}

/** Whether a connection failed because of its server: not if all connections of the pool, or of the server, are in use. */
const isOfServer = (error: unknown): boolean =>
  error instanceof pg.DatabaseError ? error.code === CANNOT_CONNECT_NOW : !isPoolInUse(error)

/** Refuses a standby, which would answer until the first write. */
const requireWritable = async (client: pg.ClientBase): Promise<void> => {
  const { rows } = await client.query<{ transaction_read_only: string }>('show transaction_read_only')
  if (rows[0]?.transaction_read_only !== 'off')
    throw new Error('This server of the database takes no writes.')
}

/**
 * Wraps a pool: prepares each statement once per connection, and turns every error into `StoreUnavailable`, or `NotConnected`. When a connection falls
 * silent, as all do after a failover, the whole pool is replaced, so that only one request waits for a connection that is dead (T01). Of
 * several servers, it uses the first that takes writes, and moves on when that one fails (T12).
 */
const preparePool = (url: string, given: pg.PoolConfig): Connections => {
  const servers = serversOf(url)
  let at = 0
  const connects = watchConnects()
  const create = () =>
    createPool({
      ...given,
      connectionString: servers[at % servers.length],
      ...(servers.length > 1 && {
        onConnect: async (client) => {
          await requireWritable(client)
          await given.onConnect?.(client)
        },
      }),
    })
  let pool = create()
  const { options } = pool
  const replace = (failed: pg.Pool): void => {
    if (pool !== failed) return
    at++
    pool = create()
    void failed.end()
  }
  const adapter = new PostgresAdapter()
  const prepare = (client: pg.PoolClient, itsPool: pg.Pool): Connection => {
    // A connection with so many prepared statements is closed after its work, and the next one prepares what is used then: PostgreSQL
    // forgets none of them before, so what somebody asked for once would stay instead of what everybody asks for. Long ones are not
    // prepared: they contain lists of varying length, so they rarely occur twice.
    let isOutdated = false
    const names = new Map<string, string>()
    const nameOf = (text: string): string | undefined => {
      const preparedName = names.get(text)
      if (preparedName || text.length > LONG_STATEMENT || names.size >= MOST_STATEMENTS) return preparedName
      const name = createHash('sha256').update(text).digest('base64url')
      names.set(text, name)
      isOutdated ||= names.size >= MOST_STATEMENTS
      return name
    }
    const query = async (text: string, values: readonly unknown[]) => {
      const name = values.length > 0 ? nameOf(text) : undefined
      if (client instanceof WatchedClient) client.owed++
      try {
        return await client.query({ text, values: values.map(replaceNul), ...(name && { name }) })
      } catch (error) {
        // A newer version of Carekey changed a table of a prepared statement. A new connection prepares it again.
        isOutdated ||= error instanceof pg.DatabaseError && error.code === FEATURE_NOT_SUPPORTED
        const isStandby = error instanceof pg.DatabaseError && error.code === READ_ONLY && servers.length > 1
        if (error instanceof Silent || isStandby) replace(itsPool)
        throw new StoreUnavailable(error)
      } finally {
        if (client instanceof WatchedClient) client.owed--
      }
    }
    const itself = { query, release: () => undefined }
    const one = { adapter, connect: async () => itself, options }
    const db = createKysely(one)
    return { query, release: (broken) => client.release(broken || isOutdated), db }
  }
  const connections = new WeakMap<pg.PoolClient, Connection>()
  const connect = async (left = servers.length): Promise<Connection> => {
    const itsPool = pool
    const client = await itsPool.connect().catch((error: unknown) => {
      if (pool !== itsPool) return
      if (left <= 1 || !isOfServer(error)) throw connects.fail(error)
      replace(itsPool)
    })
    // The pool was replaced while this waited for a connection.
    if (!client) return connect(left - 1)
    const connection = connections.get(client) ?? prepare(client, itsPool)
    connections.set(client, connection)
    return connection
  }
  const connectFault = () => connects.findFault(pool.options)
  const count = () => {
    const { totalCount, idleCount, waitingCount } = pool
    return { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount }
  }
  return { adapter, connect: () => connect(), connectFault, count, end: () => pool.end(), options }
}

/**
 * Replaces NUL with U+FFFD, because PostgreSQL cannot store NUL and refuses the whole statement, which would look as if the database
 * had failed. A value with NUL should simply match nothing, as in SQLite.
 */
const replaceNul = (value: unknown): unknown =>
  typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value

const FEATURE_NOT_SUPPORTED = '0A000'
const READ_ONLY = '25006'
const CANNOT_CONNECT_NOW = '57P03'
const INT8 = 20

/** Parses 64-bit integers as numbers, because the driver returns them as text. Times, keys and counts are all safe integers. */
const typeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')
