import { openSqlite } from '../store/sqlite.ts'
import type { Store } from '../store/store.ts'

/** A `--db` that cannot be used; the message is for the person who typed it. */
export class DatabaseUrlError extends Error {
  readonly code = 'database-url'
}

export const defaultDatabase = 'sqlite:data/carekey.db'

/**
 * Opens the database that `--db` names, `sqlite:PATH`, creating it and bringing its schema up to date.
 *
 * @throws DatabaseUrlError when it names none, or one that cannot be opened.
 */
export const openStore = async (url: string): Promise<Store> => {
  const path = sqlitePath(url)
  try {
    return await openSqlite(path)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DatabaseUrlError(`The database ${path} cannot be opened: ${reason}.`, { cause })
  }
}

const sqlitePath = (url: string): string => {
  if (/^postgres(ql)?:/.test(url)) {
    throw new DatabaseUrlError(
      'PostgreSQL is not supported yet. Use --db sqlite:PATH, for example sqlite:data/carekey.db.',
    )
  }
  const path = /^sqlite:(.+)$/.exec(url)?.[1]
  if (!path)
    throw new DatabaseUrlError(`--db takes sqlite:PATH, for example ${defaultDatabase}; it was "${url}".`)
  // Two connections share the database, so it has to be a file.
  if (path === ':memory:')
    throw new DatabaseUrlError('--db takes a file; a database in memory would be gone at once.')
  return path
}
