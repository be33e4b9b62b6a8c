import type { Database, Db } from './schema.ts'

/** The port every other folder uses to reach the database. One implementation an engine (`sqlite.ts`). */
export interface Store {
  /** Reads: sees what is committed, and nothing else. */
  readonly db: Db
  /** Where its files are, if they are on this machine and its own (SQLite). */
  readonly folder?: string
  /**
   * Runs `work` inside a transaction and resolves when it is durably committed. Works that wait together share one
   * commit, each under its own savepoint: a work that throws is rolled back alone, and its error is rethrown. One that
   * met another in a deadlock is rolled back and run again.
   *
   * @throws StoreUnavailable when the database cannot take the commit; then nothing of `work` remains, unless it was the
   * commit itself that broke off: then nobody knows.
   */
  write<T>(work: (trx: Db) => Promise<T>): Promise<T>
  /**
   * Rewrites where the rows of a table lie, so that nothing of deleted ones is left there.
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
