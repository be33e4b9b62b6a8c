import { OperatorError } from '../errors.ts'
import type { LastWrites } from './last-writes.ts'
import type { Database, Db } from './schema.ts'

/** How every other folder reaches the database. `sqlite.ts` and `postgres.ts` implement it. */
export interface Store {
  /** Reads committed data only. */
  readonly db: Db
  readonly address: DatabaseAddress
  /** The folder of the database's files, if they are on this machine (SQLite). */
  readonly folder?: string
  /** Whether the indexes by value are built later (`fillSqlite`), so that the order of new rows does not matter. */
  readonly indexesLater?: boolean
  /**
   * Runs `work` inside a transaction and resolves when it is durably committed. In SQLite, works that wait at the same time
   * share one commit, each under its own savepoint. If a work throws, only its changes are rolled back, and its error is
   * rethrown. On PostgreSQL, where works run side by side, a work that ends in a deadlock, or inserts a row that another has
   * just inserted, is rolled back and runs again.
   *
   * @throws StoreUnavailable when the database cannot commit. `work` is then rolled back; only if the connection broke during
   * the commit itself is the result unknown.
   */
  write<T>(work: (trx: Db) => Promise<T>): Promise<T>
  /**
   * Writes rows at the end of the next transaction, and resolves when they are durably committed. All that wait at the same time share
   * their statements.
   *
   * @param addRows is called in that transaction, so that what it dates is not dated before it waited; an error of it is rethrown. May be
   * called again, as the work of `write` may.
   * @throws StoreUnavailable as `write` does.
   */
  writeLast(addRows: (end: LastWrites) => void): Promise<void>
  /**
   * Rewrites the storage of tables (SQLite: of all), so that no data of deleted rows is left in it.
   *
   * @param tables the first is one in which every deletion deleted rows.
   * @throws StoreUnavailable also when data may be left because another process still reads them.
   */
  wipe(...tables: (keyof Database)[]): Promise<void>
  /**
   * If the last try to open a further connection failed, tries again, and returns why that fails: requests that need one are refused,
   * although others are answered (PostgreSQL).
   */
  connectFault?(): Promise<StoreUnavailable | undefined>
  /** Counts the connections of this process, and the requests that wait for one (PostgreSQL). */
  connections?(): Readonly<Record<'busy' | 'idle' | 'waiting', number>>
  /** Resolves with the reason if nothing can be written any more until the process starts again. */
  readonly lost?: Promise<unknown>
  close(): Promise<void>
}

/** Where a database is, so that a thread can open it as well (`audit/verify/verify-worker.ts`). The address of PostgreSQL may hold a password. */
export type DatabaseAddress =
  | { readonly engine: 'sqlite'; readonly path: string }
  | { readonly engine: 'postgres'; readonly url: string }

/** A database that is only read. An attempt to write fails with an error of the database itself. */
export type Reader = Pick<Store, 'db' | 'close'>

/** Other processes have the database open that is to be replaced. */
export class DatabaseInUse extends OperatorError {
  readonly code = 'database-in-use'

  constructor(cause?: unknown) {
    super('Other programs have the database open. Stop every server, and whatever else reads it.', { cause })
  }
}

/** The database cannot be read or written now, or refuses what a statement would do. The only answer is 503. */
export class StoreUnavailable extends OperatorError {
  readonly code = 'store-unavailable'
  constructor(cause: unknown) {
    super('The database is unavailable.', { cause })
    if (this.isOfContent) this.message = 'The database refuses a statement because of what it holds or lacks.'
  }

  /** Whether it failed because of what the database holds, or lacks: such a statement fails each time, however well the database is. */
  get isOfContent(): boolean {
    const { code, errcode } = (this.cause ?? {}) as { code?: unknown; errcode?: number }
    if (errcode !== undefined) return !STATES.has(errcode & 0xff)
    return typeof code === 'string' && OF_CONTENT.test(code)
  }

  get why(): 'full' | 'read-only' | 'unreachable' {
    type Fault = { code?: unknown; errcode?: number; message?: string }
    const { code, errcode = 0, message } = (this.cause ?? {}) as Fault
    // PostgreSQL has no code for a connection that finds no room for its files.
    if (code === 'XX000' && message?.includes('No space left on device')) return 'full'
    // SQLite's extended codes have the primary one in their lowest byte.
    const known = typeof code === 'string' && (CAUSES[code] ?? CAUSES[errcode & 0xff])
    return known || 'unreachable'
  }
}

/** No connection was made, so nothing that the database holds was seen, whatever the error says. */
export class NotConnected extends StoreUnavailable {
  override get isOfContent(): boolean {
    return false
  }
}

/** SQLite's primary codes that say how the file or the machine is: locked, full, unreadable, read-only, out of memory. */
const STATES: ReadonlySet<number> = new Set([5, 6, 7, 8, 9, 10, 13, 14, 15])
/** PostgreSQL's classes of errors of data, statements and corrupted files, and Node's error for a number that is too large. */
const OF_CONTENT = /^(?:(?:2[0-37F]|42|XX)...|ERR_OUT_OF_RANGE)$/

/** Codes of the system, PostgreSQL (SQLSTATE) and SQLite. */
const CAUSES: Readonly<Record<string, 'full' | 'read-only'>> = {
  ...{ ENOSPC: 'full', 53100: 'full', 13: 'full' },
  ...{ EROFS: 'read-only', 25006: 'read-only', 8: 'read-only' },
}
