import { basename, join } from 'node:path'

/**
 * Where the key of the access log lies unless it is said: beside a SQLite file, and in `data/` under the name of a
 * PostgreSQL database.
 *
 * @param url what `--db` takes.
 */
export const defaultLogKey = (url: string): string => {
  const path = /^sqlite:(.+)$/.exec(url)?.[1]
  if (path !== undefined) return `${path.replace(/\.(db|sqlite3?)$/, '')}.log-key`
  const name = basename(decodeURIComponent(URL.parse(url)?.pathname ?? ''))
  return join('data', `${name || 'carekey'}.log-key`)
}
