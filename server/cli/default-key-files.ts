import { basename, join } from 'node:path'

/**
 * The default path of keys: beside a SQLite file, and in `data/` under the name of a PostgreSQL database.
 *
 * @param url the value of `--db`.
 */
const beside = (url: string): string => {
  const path = /^sqlite:(.+)$/.exec(url)?.[1]
  if (path !== undefined) return path.replace(/\.(db|sqlite3?)$/, '')
  const name = basename(decodeURIComponent(URL.parse(url)?.pathname ?? ''))
  return join('data', name || 'carekey')
}

/** The key of the access log. */
export const defaultLogKey = (url: string): string => `${beside(url)}.log-key`

/** Every other key. */
export const defaultKeyFile = (url: string): string => `${beside(url)}.keys`
