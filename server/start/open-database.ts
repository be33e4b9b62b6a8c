import { existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { refreshIndex } from '../fhir/index/refresh-index.ts'
import { isCarekeyPostgres, openPostgres, readPostgres } from '../store/postgres/postgres.ts'
import { fillSqlite } from '../store/sqlite/fill-sqlite.ts'
import { openSqlite, readSqlite } from '../store/sqlite/sqlite.ts'
import { type Reader, type Store, StoreUnavailable } from '../store/store.ts'
import { isCurrent, type Judge } from '../store/tables/migrate.ts'
import { type DatabaseUrl, DatabaseUrlError, nameOf, parseDatabase } from './database-url.ts'
import { writeLine } from './terminal.ts'

/**
 * Opens the database that `--db` names, `sqlite:PATH` or `postgres://…`. Creates the file if there is none, and brings the schema
 * and the search index up to date.
 *
 * @throws DatabaseUrlError when `--db` names no database, or one that cannot be opened.
 */
export const openStore = (url: string): Promise<Store> =>
  open(url, {
    sqlite: async (path) => refreshStoreIndex(await openSqlite(path)),
    postgres: async () => refreshStoreIndex(await openPostgres(url)),
  })

/**
 * Opens the database that `--db` names, and makes a new one if there is none.
 *
 * @returns also a sentence that says so, because the name may be mistyped.
 * @throws DatabaseUrlError
 */
export const openOrCreate = async (url: string): Promise<{ store: Store; created?: string }> => {
  const exists = await hasDatabase(url)
  const store = await openStore(url)
  return {
    store,
    ...(!exists && { created: `Created a new, empty database at ${nameOf(parseDatabase(url))}.` }),
  }
}

/** A database that an import writes into. */
interface Imported {
  readonly store: Store
  /** A sentence that says that it is new, because the name may be mistyped. */
  readonly created?: string
  /** A new SQLite file exists only after this, which closes the store. */
  readonly finish?: () => Promise<void>
}

/**
 * Opens the database that `--db` names to import into it. A new SQLite file is filled under another name (`fillSqlite`), so that an
 * import that is killed leaves no part of one.
 *
 * @throws DatabaseUrlError
 */
export const openForImport = async (url: string): Promise<Imported> => {
  const database = parseDatabase(url)
  if (database.kind === 'postgres' || existsSync(database.path)) return openOrCreate(url)
  try {
    const store = await refreshStoreIndex(await fillSqlite(database.path))
    return { store, created: `Creating a new database at ${nameOf(database)}.`, finish: store.finish }
  } catch (cause) {
    throw cannotOpen(database, cause)
  }
}

/**
 * Opens a database that exists, for one piece of work. Brings nothing up to date, because the server of an earlier version may run (T14).
 *
 * @throws DatabaseUrlError, also when the database is not of this version, and what the work throws.
 */
export const withStore = async <T>(url: string, work: (store: Store) => Promise<T>): Promise<T> => {
  await withReader(url, async () => undefined)
  return closing(await open(url, { sqlite: openSqlite, postgres: () => openPostgres(url) }), work)
}

/** What a start would do to the tables of a database. */
type TablesState = 'new' | 'older' | 'current'

/**
 * Opens a database for reading only, also one that a start would make or bring up to date.
 *
 * @param work gets no reader unless the tables are this version's.
 * @throws DatabaseUrlError when a start could not open it either, and what the work throws.
 */
export const inspectDatabase = async <T>(
  url: string,
  work: (state: TablesState, reader?: Reader) => Promise<T>,
): Promise<T> => {
  if (!(await hasDatabase(url))) return work('new')
  let state: TablesState = 'current'
  const judge: Judge = async (db, engine) => {
    if (!(await isCurrent(db, engine))) state = 'older'
  }
  const reader = await open(url, {
    sqlite: (path) => readSqlite(path, judge),
    postgres: () => readPostgres(url, judge),
  })
  return closing(reader, () => work(state, state === 'current' ? reader : undefined))
}

/** Opens an existing database for reading only. @throws DatabaseUrlError, and what the work throws. */
export const withReader = async <T>(url: string, work: (reader: Reader) => Promise<T>): Promise<T> => {
  await requireDatabase(url)
  return closing(
    await open(url, { sqlite: (path) => readSqlite(path), postgres: () => readPostgres(url) }),
    work,
  )
}

const closing = async <S extends Reader, T>(store: S, work: (store: S) => Promise<T>): Promise<T> => {
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** @throws DatabaseUrlError */
const requireDatabase = async (url: string): Promise<void> => {
  if (await hasDatabase(url)) return
  throw new DatabaseUrlError(
    `There is no database at ${nameOf(parseDatabase(url))}. Check --db; only the server and fhir:import make a new one.`,
  )
}

/** Whether there is a database. @throws DatabaseUrlError also if it cannot be told. */
const hasDatabase = (url: string): Promise<boolean> =>
  open(url, {
    sqlite: async (path) => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0,
    postgres: () => isCarekeyPostgres(url),
  })

const open = async <S>(
  url: string,
  by: { sqlite: (path: string) => Promise<S>; postgres: () => Promise<S> },
): Promise<S> => {
  const database = parseDatabase(url)
  try {
    return await (database.kind === 'sqlite' ? by.sqlite(database.path) : by.postgres())
  } catch (cause) {
    throw cannotOpen(database, cause)
  }
}

const cannotOpen = (database: DatabaseUrl, cause: unknown): DatabaseUrlError => {
  const fault = cause instanceof StoreUnavailable ? cause.cause : cause
  const message = (fault instanceof Error ? fault.message : String(fault)).replace(/\.$/, '')
  const isOutOfRoom = message === 'disk I/O error' && database.kind === 'sqlite' && isFull(database.path)
  const reason = isOutOfRoom ? 'the disk is full' : message
  return new DatabaseUrlError(`The database ${nameOf(database)} cannot be opened: ${reason}.`, { cause })
}

/** Whether the disk is full: SQLite only reports "disk I/O error" when it has no room for the index of its log. */
const isFull = (path: string): boolean => {
  const { bavail, bsize } = statfsSync(dirname(path))
  return bavail * bsize < 65_536
}

/** Rebuilds the search index if needed, because a newer version of Carekey may search by more parameters. */
const refreshStoreIndex = async <S extends Store>(store: S): Promise<S> => {
  try {
    let next = performance.now() + 1000
    await refreshIndex(store, (count) => {
      if (performance.now() < next) return
      next = performance.now() + 5000
      writeLine(
        process.stderr,
        `Rebuilding the search index: ${count.toLocaleString('en-US')} resources done.`,
      )
    })
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}
