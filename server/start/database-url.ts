import { join, resolve } from 'node:path'
import { serversOf } from '../store/postgres/postgres-servers.ts'

/** A `--db` that cannot be used; the message is for the person who typed it, and never quotes what may hold a password. */
export class DatabaseUrlError extends Error {
  readonly code = 'database-url'
}

export const defaultDatabase = 'sqlite:data/carekey.db'

/** A database that `--db` or a configuration names. */
export type DatabaseUrl =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly hosts: string; readonly database: string }

const POSTGRES = /^postgres(?:ql)?:\/\//i
/** A name or address, or the path of a socket. */
const HOST = /^(?:(?:[\w.-]|%2f)*|\[[0-9a-f:.]+\])(?::\d+)?$/i
const DATABASE = /^[\w.$-]*$/

/**
 * Reads the address of a database. Anything but the two exact forms is refused without being quoted, because somebody who mistypes
 * an address with a password mistypes it so that the password stands elsewhere.
 *
 * @throws DatabaseUrlError
 */
export const parseDatabase = (text: string): DatabaseUrl => {
  const path = /^sqlite:(.+)$/.exec(text)?.[1]
  // Two connections share the database, so it has to be a file.
  if (path === ':memory:')
    throw new DatabaseUrlError(
      '--db takes a file, because a database in memory is lost when the command ends.',
    )
  if (path !== undefined && !mayHoldPassword(path)) return { kind: 'sqlite', path }
  const postgres = POSTGRES.test(text) ? parsePostgres(text) : undefined
  if (!postgres)
    throw new DatabaseUrlError(`--db takes sqlite:PATH or postgres://…, for example ${defaultDatabase}.`)
  return postgres
}

/** How addresses of databases begin, or hold a password elsewhere than in `user:password@host`. */
const WITH_PASSWORD = /^\W*(?:postgres|pg|psql|mysql|jdbc|sqlite)\w*(?:[:;]|\/\/)|\bpassword=/i
/** `C:\`, at the beginning of a path in Windows. */
const DRIVE = /^[a-z]:[\\/]/i

/** Whether a text that is no address of a database may be a mistyped one, with its password. */
export const mayHoldPassword = (text: string): boolean => {
  const address = text.replace(DRIVE, '')
  const colon = address.indexOf(':')
  return (colon >= 0 && address.includes('@', colon)) || WITH_PASSWORD.test(address)
}

/** Others, such as `standby`, name a server that takes no writes. */
const TARGETS = [null, 'any', 'read-write', 'primary']

const parsePostgres = (text: string): DatabaseUrl | undefined => {
  const servers = serversOf(text).map((server) => URL.parse(server))
  const [url] = servers
  if (url?.hash !== '' || url.search.includes('@')) return undefined
  if (!TARGETS.includes(url.searchParams.get('target_session_attrs'))) return undefined
  const hosts = servers.map((server) => server?.host)
  const database = url.pathname.replace(/^\//, '')
  return hosts.every((host) => host !== undefined && HOST.test(host)) && DATABASE.test(database)
    ? { kind: 'postgres', url: text, hosts: hosts.join(), database }
    : undefined
}

/** Returns the name of a database for people: the path of a file, or host and database, by which a mistake is found. */
export const nameOf = (database: DatabaseUrl): string =>
  database.kind === 'sqlite' ? resolve(database.path) : `${database.hosts}/${database.database}`

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
