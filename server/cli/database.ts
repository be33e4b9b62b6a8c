import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { refreshIndex } from '../fhir/index/refresh-index.ts'
import { openPostgres } from '../store/postgres.ts'
import { openSqlite } from '../store/sqlite.ts'
import { type Store, StoreUnavailable } from '../store/store.ts'

/** A `--db` that cannot be used; the message is for the person who typed it. */
export class DatabaseUrlError extends Error {
  readonly code = 'database-url'
}

export const defaultDatabase = 'sqlite:data/carekey.db'

/**
 * Opens the database that `--db` names, `sqlite:PATH` or `postgres://…`. Creates the file if there is none, and brings the schema
 * and the search index up to date.
 *
 * @throws DatabaseUrlError when `--db` names no database, or one that cannot be opened.
 */
export const openStore = async (url: string): Promise<Store> => {
  const postgres = URL.parse(url)
  const isPostgres = postgres !== null && ['postgres:', 'postgresql:'].includes(postgres.protocol)
  const path = isPostgres ? '' : sqlitePath(url)
  try {
    const store = isPostgres ? await openPostgres(url) : await openSqlite(path)
    return await refreshStoreIndex(store)
  } catch (cause) {
    const fault = cause instanceof StoreUnavailable ? cause.cause : cause
    const message = (fault instanceof Error ? fault.message : String(fault)).replace(/\.$/, '')
    const reason = message === 'disk I/O error' && isFull(path) ? 'the disk is full' : message
    // The address may contain a password; its host and name are enough to find the mistake.
    const name = isPostgres ? `${postgres.host}${postgres.pathname}` : path
    throw new DatabaseUrlError(`The database ${name} cannot be opened: ${reason}.`, { cause })
  }
}

/** Opens a database for one piece of work. @throws DatabaseUrlError, and what the work throws. */
export const withStore = async <T>(url: string, work: (store: Store) => Promise<T>): Promise<T> => {
  const store = await openStore(url)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Whether the disk is full: SQLite only reports "disk I/O error" when it has no room for the index of its log. */
const isFull = (path: string): boolean => {
  const { bavail, bsize } = statfsSync(dirname(path))
  return bavail * bsize < 65_536
}

/** Rebuilds the search index if needed, because a newer version of Carekey may search by more parameters. */
const refreshStoreIndex = async (store: Store): Promise<Store> => {
  try {
    let next = performance.now() + 1000
    await refreshIndex(store, (done) => {
      if (performance.now() < next) return
      next = performance.now() + 5000
      console.error(`Rebuilding the search index: ${done.toLocaleString('en-US')} resources done.`)
    })
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

const sqlitePath = (url: string): string => {
  const path = /^sqlite:(.+)$/.exec(url)?.[1]
  if (!path)
    throw new DatabaseUrlError(`--db takes sqlite:PATH or postgres://…, for example ${defaultDatabase}.`)
  // Two connections share the database, so it has to be a file.
  if (path === ':memory:')
    throw new DatabaseUrlError(
      '--db takes a file, because a database in memory is lost when the command ends.',
    )
  return path
}
