import type { Database, Db } from './schema.ts'

/** The interface through which every other folder reaches the database. There is one implementation per engine (`sqlite.ts`). */
export interface Store {
  /** Reads committed data only. */
  readonly db: Db
  /** The folder of its files, if they are on this machine (SQLite). */
  readonly folder?: string
  /**
   * Runs `work` inside a transaction and resolves when it is durably committed. Works that wait together share one commit, each
   * under its own savepoint: a work that throws is rolled back alone, and its error is rethrown. A work that met another in a
   * deadlock is rolled back and run again.
   *
   * @throws StoreUnavailable when the database cannot commit. Nothing of `work` remains then, unless the commit itself broke off:
   * its result is unknown.
   */
  write<T>(work: (trx: Db) => Promise<T>): Promise<T>
  /**
   * Rewrites the storage of a table, so that no data of deleted rows is left in it.
   *
   * @throws StoreUnavailable
   */
  wipe(table: keyof Database): Promise<void>
  close(): Promise<void>
}

/** The database cannot be written or read now; the answer is 503 and nothing else. */
export class StoreUnavailable extends Error {
  readonly code = 'store-unavailable'
  constructor(cause: unknown) {
    super('The database is unavailable.', { cause })
  }
}
