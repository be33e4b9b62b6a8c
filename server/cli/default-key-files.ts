import { basename, join } from 'node:path'

/**
 * Returns the default path of keys without its suffix: beside a SQLite file, or in `data/` under the name of a PostgreSQL database.
 *
 * @param url the value of `--db`.
 */
const basePathOf = (url: string): string => {
  const path = /^sqlite:(.+)$/.exec(url)?.[1]
  if (path !== undefined) return path.replace(/\.(db|sqlite3?)$/, '')
  const name = basename(decodeURIComponent(URL.parse(url)?.pathname ?? ''))
  return join('data', name || 'carekey')
}

/** Returns the default path of the access log's key. */
export const defaultLogKey = (url: string): string => `${basePathOf(url)}.log-key`

/** Returns the default path of all other keys. */
export const defaultKeyFile = (url: string): string => `${basePathOf(url)}.keys`
