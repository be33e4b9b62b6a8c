import { join } from 'node:path'
import { parseDatabase } from './database-url.ts'

/**
 * Returns the default path of keys without its suffix. For a PostgreSQL database, that is beside the configuration and under its name,
 * because databases of several organizations may have the same name; without a configuration, in `data/` under the database's name.
 *
 * @param url the value of `--db`.
 * @param config the value of `--config`.
 * @throws DatabaseUrlError
 */
const basePathOf = (url: string, config?: string): string => {
  const database = parseDatabase(url)
  if (database.kind === 'sqlite') return database.path.replace(/\.(db|sqlite3?)$/, '')
  return config?.replace(/\.json$/, '') ?? join('data', database.database || 'carekey')
}

/** Returns the default path of the access log's key. */
export const defaultLogKey = (url: string, config?: string): string => `${basePathOf(url, config)}.log-key`

/** Returns the default path of all other keys. */
export const defaultKeyFile = (url: string, config?: string): string => `${basePathOf(url, config)}.keys`
