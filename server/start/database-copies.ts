import { dumpPostgres, holdsPostgres, restorePostgres } from '../store/postgres/dump-postgres.ts'
import type { Db } from '../store/schema.ts'
import { copySqlite, holdsSqlite, restoreSqlite } from '../store/sqlite/copy-sqlite.ts'
import { parseDatabase } from './database-url.ts'

/**
 * Copies the database that `--db` names into a new file, as it is at one moment, while a server uses it.
 *
 * @param check gets the copy, or the database as it was at that moment.
 * @throws DatabaseUrlError, StoreUnavailable, what `check` throws, and Error in a sentence.
 */
export const copyDatabase = <T>(url: string, file: string, check: (db: Db) => Promise<T>): Promise<T> => {
  const database = parseDatabase(url)
  return database.kind === 'sqlite' ? copySqlite(database.path, file, check) : dumpPostgres(url, file, check)
}

/** Whether a restore would replace anything. @throws DatabaseUrlError, StoreUnavailable */
export const holdsData = async (url: string): Promise<boolean> => {
  const database = parseDatabase(url)
  return database.kind === 'sqlite' ? holdsSqlite(database.path) : holdsPostgres(url)
}

/**
 * Puts a copy in the place of the database that `--db` names. What stands there stays until `check` has accepted the copy.
 *
 * @throws DatabaseInUse, DatabaseUrlError, StoreUnavailable, what `check` throws, and Error in a sentence.
 */
export const restoreDatabase = (
  url: string,
  file: string,
  check: (db: Db) => Promise<unknown>,
): Promise<void> => {
  const database = parseDatabase(url)
  return database.kind === 'sqlite'
    ? restoreSqlite(database.path, file, check)
    : restorePostgres(url, file, check)
}
