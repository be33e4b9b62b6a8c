import { join } from 'node:path'
import { parseDatabase } from './database-url.ts'

/**
 * Returns the default path of keys without its suffix: beside a SQLite file, or in `data/` under the name of a PostgreSQL database.
 *
 * @param url the value of `--db`.
 * @throws DatabaseUrlError
 */
const basePathOf = (url: string): string => {
  const database = parseDatabase(url)
  if (database.kind === 'sqlite') return database.path.replace(/\.(db|sqlite3?)$/, '')
  return join('data', database.database || 'carekey')
}

/** Returns the default path of the access log's key. */
export const defaultLogKey = (url: string): string => `${basePathOf(url)}.log-key`

/** Returns the default path of all other keys. */
export const defaultKeyFile = (url: string): string => `${basePathOf(url)}.keys`
