import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync, type DatabaseSyncOptions, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  type CompiledQuery,
  Kysely,
  type QueryId,
  type RootOperationNode,
  type SqliteDatabase,
  SqliteDialect,
  SqliteQueryCompiler,
} from 'kysely'
import { OperatorError } from '../../errors.ts'
import { narrowFile, PRIVATE_MODE } from '../../files/private-file.ts'
import type { Database } from '../schema.ts'
import { keepStatements } from '../statements/compile-by-shape.ts'
import { type Reader, type Store, StoreUnavailable } from '../store.ts'
import { HISTORY, type Judge, migrate, requireCurrent } from '../tables/migrate.ts'
import { checkpointAside } from './checkpoint-aside.ts'
import { groupCommit } from './group-commit.ts'
import { untilUnlocked, type WaitOptions } from './until-unlocked.ts'

/** Between the name of a database and what tells the files apart that become it (`fill-sqlite.ts`). */
const FILLING = '.filling-'

/** Returns the name of a new file that is to become a database. Process ids repeat in containers, so it has none. */
export const fillingFile = (path: string): string => [path, randomUUID()].join(FILLING)

/**
 * Requires that a new file may take the name of a database: SQLite would add the write-ahead log or journal of a former one to it.
 *
 * @throws Error while one stands there without its database.
 */
export const requireFreeName = (path: string): void => {
  const rest = ['-wal', '-shm', '-journal'].map((end) => `${path}${end}`).filter((file) => existsSync(file))
  if (rest.length > 0 && !existsSync(path))
    throw new Error(
      `${path} is missing, but ${rest.join(' and ')} of it stands there, which may hold its newest entries. Stop every server. Put the database back beside it or, if it is lost, move that file away.`,
    )
}

/** Deletes the files that a killed import left, which hold records. The import of a running process has its file locked. */
export const removeLeftovers = (path: string): void => {
  const folder = dirname(path)
  const names = readdirSync(folder).filter((name) => name.startsWith(`${basename(path)}${FILLING}`))
  for (const file of names.map((name) => join(folder, name)))
    if (!isLocked(file)) rmSync(file, { force: true })
}

const BUSY = 5

/** Whether another connection holds the lock. A kill may have left a file that is no database. */
const isLocked = (file: string): boolean => {
  try {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      database.exec('SELECT 1 FROM sqlite_schema')
      return false
    } finally {
      database.close()
    }
  } catch (error) {
    return ((error as { errcode?: number }).errcode ?? 0) % 256 === BUSY
  }
}

/**
 * The SQLite dialect, with statements that stay prepared. If a limit or a pattern is just a parameter, SQLite plans the statement by its
 * value, and so plans it again each time a value is bound. That costs more than running most statements. It does not look inside an
 * expression.
 */
class LastingSqliteDialect extends SqliteDialect {
  override createQueryCompiler(): SqliteQueryCompiler {
    return new LastingQueryCompiler()
  }
}

class LastingQueryCompiler extends SqliteQueryCompiler {
  override compileQuery(node: RootOperationNode, queryId: QueryId): CompiledQuery {
    const query = super.compileQuery(node, queryId)
    return {
      ...query,
      sql: query.sql.replaceAll(' limit ?', ' limit ? + 0').replaceAll(' like ?', " like ? || ''"),
    }
  }
}

/** A file that this process has open is no longer the one at its path, so what is written to it is lost, or nobody else sees it. */
export class FileReplaced extends OperatorError {
  readonly code = 'file-replaced'

  constructor(file: string) {
    super(
      `${file} was deleted or replaced while this process had it open, so nothing more is written or answered, and this process ends. Stop every server before you restore a backup; then put the right files there, and start again.`,
    )
  }
}

/** @returns a check that the files at these paths are still those that are there now. It throws FileReplaced. */
const sameFiles = (paths: readonly string[]): (() => void) => {
  const opened = paths.map((path) => ({ path, identity: identityOf(path) }))
  return () => {
    for (const { path, identity } of opened) if (identityOf(path) !== identity) throw new FileReplaced(path)
  }
}

const identityOf = (path: string): string | undefined => {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats && `${stats.dev} ${stats.ino}`
}

/**
 * Opens a SQLite file. Creates it if there is none, and brings its schema up to date.
 *
 * One connection writes and another reads, so that a reader never sees uncommitted data. A commit writes its pages to the write-ahead
 * log (`synchronous=NORMAL`). The log is then synced off the main thread, before any work of the commit is settled, so that whatever
 * was acknowledged survives a loss of power (docs/decisions/0015).
 *
 * @param syncLog syncs the log to disk.
 * @throws Error when the file belongs to another program or to a newer version of Carekey; the file is then unchanged.
 */
export const openSqlite = async (
  path: string,
  syncLog = (log: FileHandle): Promise<void> => log.datasync(),
): Promise<Store> => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  requireFreeName(path)
  removeLeftovers(path)
  const waitOptions = waitOptionsFor(path)
  // SQLite gives the files that it creates beside this one the same mode.
  if (existsSync(path)) {
    await untilUnlocked(() => requireOwnFile(path), waitOptions)
    await narrowDatabase(path)
  } else closeSync(openSync(path, 'a', PRIVATE_MODE))
  const writeConnection = await untilUnlocked(() => connect(path), waitOptions)
  // `groupCommit` classifies the errors of a work, so they stay as they are here.
  const writer = createKysely(writeConnection, (error) => error)
  try {
    await untilUnlocked(() => {
      writeConnection.exec(`PRAGMA page_size = ${PAGE_SIZE}; PRAGMA journal_mode = WAL`)
      // Another process that starts at the same moment waits, and then finds the schema up to date.
      writeConnection.exec('BEGIN IMMEDIATE')
    }, waitOptions)
    await migrate(writer, 'sqlite')
    writeConnection.exec('COMMIT')
  } catch (error) {
    await writer.destroy()
    throw error
  }
  const db = createKysely(connect(path, { timeout: READER_TIMEOUT }), (error) => new StoreUnavailable(error))
  // The log may contain pages that an earlier process failed to sync; nothing new may be written after them.
  writeConnection.exec('PRAGMA wal_checkpoint(PASSIVE); PRAGMA synchronous = NORMAL')
  // The log's file exists as long as a connection is open. A handle to it is harmless: SQLite's locks are on the other files, and
  // closing any handle to a locked file would drop them.
  const log = await open(`${path}-wal`, 'r+')
  const checkpoints = checkpointAside(writeConnection, path)
  const requireSameFiles = sameFiles([path, `${path}-wal`, `${path}-shm`])
  const sync = async () => {
    await syncLog(log)
    requireSameFiles()
  }
  const commits = groupCommit(writer, { ...checkpoints, sync })
  return {
    db,
    address: { engine: 'sqlite', path },
    folder: dirname(path),
    write: commits.write,
    writeLast: commits.writeLast,
    lost: commits.lost,
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

/**
 * Opens a SQLite file for reading only. Neither its mode nor its schema is changed.
 *
 * SQLite needs two files beside it to read, and only a connection that may write deletes them again. So such a connection reads,
 * with every change refused, unless there is a write-ahead log already: it is in use, or holds what a killed process left there.
 *
 * @param judge refuses the schema; by default, every one but this version's.
 * @throws Error when the file is not a database of this version of Carekey. StoreUnavailable when it cannot be opened.
 */
export const readSqlite = async (path: string, judge: Judge = requireCurrent): Promise<Reader> => {
  const hasLog = existsSync(`${path}-wal`)
  const connection = await untilUnlocked(() => {
    requireOwnFile(path)
    return connect(path, { timeout: READER_TIMEOUT, readOnly: hasLog })
  }, waitOptionsFor(path)).catch((error: unknown) => {
    throw isOfSqlite(error) ? new StoreUnavailable(error) : error
  })
  connection.exec('PRAGMA query_only = ON')
  const db = createKysely(connection, (error) => new StoreUnavailable(error))
  const close = () => db.destroy()
  try {
    await judge(db, 'sqlite')
    return { db, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Also a lock that was waited for in vain (`untilUnlocked`). */
const isOfSqlite = (error: unknown): boolean =>
  error instanceof Error && ('errcode' in error || isOfSqlite(error.cause))

const narrowDatabase = async (path: string): Promise<void> => {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) await narrowFile(file)
}

/** Milliseconds that a start waits for another process to release the file. */
const START_TIMEOUT = 30_000

const waitOptionsFor = (path: string): WaitOptions => ({
  timeout: START_TIMEOUT,
  onWait: () =>
    process.stderr.write(
      `Another process has locked ${path}; waiting up to ${START_TIMEOUT / 1000} s for it.\n`,
    ),
})

/**
 * Checks that a database is Carekey's. Opens it read-only, because even setting the journal mode would change another program's file.
 *
 * @throws Error when it is not.
 */
const requireOwnFile = (path: string): void => {
  const database = openFile(path, { readOnly: true })
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
    if (tables.length > 0 && !tables.some(({ name }) => name === HISTORY))
      throw new Error('It belongs to another program')
  } finally {
    database.close()
  }
}

/** Bytes. An entry of the log takes some 2,200; pages of 4,096 would each hold one, and larger ones cost more with each commit. */
export const PAGE_SIZE = 8_192

/** Milliseconds. A reader has to wait only while the first process opens the file or the last one closes it. */
const READER_TIMEOUT = 5_000

/**
 * Opens a file. What SQLite sorts, and the copy of the whole database when it is rewritten, goes into temporary files in the same folder:
 * another disk may be small, or not encrypted. SQLite reads the variable when the process opens its first file.
 */
export const openFile = (path: string, options?: DatabaseSyncOptions): DatabaseSync => {
  process.env.SQLITE_TMPDIR ??= dirname(path)
  return new DatabaseSync(path, { ...options })
}

const connect = (path: string, options: DatabaseSyncOptions = {}): DatabaseSync => {
  const database = openFile(path, options)
  try {
    database.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

type WrapError = (error: unknown) => unknown

/** @param wrapError turns an error of a statement into the one that is thrown. */
export const createKysely = (database: DatabaseSync, wrapError: WrapError): Kysely<Database> =>
  new Kysely<Database>({
    dialect: new LastingSqliteDialect({ database: adaptDatabase(database, wrapError) }),
  })

/** Adapts `node:sqlite` to the interface of better-sqlite3, which Kysely expects, and prepares each statement once. */
const adaptDatabase = (database: DatabaseSync, wrapError: WrapError): SqliteDatabase => {
  const statementOf = keepStatements<ReturnType<SqliteDatabase['prepare']>>((sql) => sql.length)
  const prepare = (sql: string): StatementSync => {
    try {
      return database.prepare(sql)
    } catch (error) {
      throw wrapError(error)
    }
  }
  return {
    close: () => database.close(),
    prepare: (sql) => statementOf(sql, () => adaptStatement(prepare(sql), wrapError)),
  }
}

const adaptStatement = (statement: StatementSync, wrapError: WrapError) => {
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[]
  return {
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]) => {
      try {
        return statement.all(...values(parameters))
      } catch (error) {
        throw wrapError(error)
      }
    },
    run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
    iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
  }
}
