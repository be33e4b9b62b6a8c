import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely'
import { checkpointAside } from './checkpoint-aside.ts'
import { groupCommit } from './group-commit.ts'
import { HISTORY, migrate } from './migrate.ts'
import { narrowFile, PRIVATE } from './private-file.ts'
import type { Database } from './schema.ts'
import { type Store, StoreUnavailable } from './store.ts'
import { untilUnlocked, type Waiting } from './until-unlocked.ts'

/**
 * Opens a SQLite file, creating it and bringing its schema up to date.
 *
 * One connection writes and another reads, so that a reader never sees what is not committed yet. A commit puts its
 * pages into the log (WAL, `synchronous=NORMAL`), which is then synced off the main thread, before any of its works is
 * settled: what was acknowledged survives loss of power (docs/decisions/0015).
 *
 * @param syncLog brings the log to disk.
 * @throws Error when the file is not one of Carekey's, or of a newer version; then it is as it was.
 */
export const openSqlite = async (
  path: string,
  syncLog = (log: FileHandle): Promise<void> => log.datasync(),
): Promise<Store> => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const waiting = waitingFor(path)
  // SQLite gives the files beside it the mode of this one.
  if (existsSync(path)) {
    await untilUnlocked(() => requireOwnFile(path), waiting)
    await narrowDatabase(path)
  } else closeSync(openSync(path, 'a', PRIVATE))
  const writing = await untilUnlocked(() => connect(path), waiting)
  // Errors inside a work are classified where it is committed.
  const writer = kysely(writing, (error) => error)
  try {
    await untilUnlocked(() => {
      writing.exec('PRAGMA journal_mode = WAL')
      // Another process that starts at the same moment waits, and then finds the schema up to date.
      writing.exec('BEGIN IMMEDIATE')
    }, waiting)
    await migrate(writer, 'sqlite')
    writing.exec('COMMIT')
  } catch (error) {
    await writer.destroy()
    throw error
  }
  const db = kysely(connect(path, READERS_PATIENCE), (error) => new StoreUnavailable(error))
  // The log may contain pages that an earlier process failed to sync; nothing new may be written after them.
  writing.exec('PRAGMA wal_checkpoint(PASSIVE); PRAGMA synchronous = NORMAL')
  // This file stays while a connection is open, and SQLite's locks are not on it: closing a handle would drop them.
  const log = await open(`${path}-wal`, 'r+')
  const checkpoints = checkpointAside(writing, path)
  const commits = groupCommit(writer, { ...checkpoints, sync: () => syncLog(log) })
  return {
    db,
    folder: dirname(path),
    write: commits.write,
    wipe: () =>
      checkpoints.wipe().catch((error: unknown) => {
        throw new StoreUnavailable(error)
      }),
    close: async () => {
      await commits.close()
      await checkpoints.close()
      await log.close()
      await db.destroy()
      await writer.destroy()
    },
  }
}

const narrowDatabase = async (path: string): Promise<void> => {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) await narrowFile(file)
}

/** Milliseconds that a start waits for another process to release the file. */
const PATIENCE = 30_000

const waitingFor = (path: string): Waiting => ({
  patience: PATIENCE,
  onWait: () =>
    process.stderr.write(`Another process has locked ${path}; waiting up to ${PATIENCE / 1000} s for it.\n`),
})

/** Checks, read-only, that a database is Carekey's; even setting the journal mode would change another program's file. */
const requireOwnFile = (path: string): void => {
  const reading = new DatabaseSync(path, { readOnly: true })
  try {
    const tables = reading.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
    if (tables.length > 0 && !tables.some(({ name }) => name === HISTORY))
      throw new Error('It belongs to another program')
  } finally {
    reading.close()
  }
}

/** Milliseconds. A reader waits only while another process opens the file first or closes it last. */
const READERS_PATIENCE = 5_000

const connect = (path: string, timeout = 0): DatabaseSync => {
  const database = new DatabaseSync(path, { timeout })
  try {
    database.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

type Fault = (error: unknown) => unknown

const kysely = (database: DatabaseSync, fault: Fault): Kysely<Database> =>
  new Kysely<Database>({ dialect: new SqliteDialect({ database: forKysely(database, fault) }) })

/** Adapts `node:sqlite` to the interface of better-sqlite3, which Kysely expects; prepares each statement once. */
const forKysely = (database: DatabaseSync, fault: Fault): SqliteDatabase => {
  const prepared = new Map<string, ReturnType<SqliteDatabase['prepare']>>()
  const prepare = (sql: string): StatementSync => {
    try {
      return database.prepare(sql)
    } catch (error) {
      throw fault(error)
    }
  }
  return {
    close: () => database.close(),
    prepare: (sql) => {
      const known = prepared.get(sql)
      if (known) return known
      const statement = adapt(prepare(sql), fault)
      // Lists of values make any number of texts; the frequent statements are among the first.
      if (prepared.size < 500) prepared.set(sql, statement)
      return statement
    },
  }
}

const adapt = (statement: StatementSync, fault: Fault) => {
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[]
  return {
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]) => {
      try {
        return statement.all(...values(parameters))
      } catch (error) {
        throw fault(error)
      }
    },
    run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
    iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
  }
}
