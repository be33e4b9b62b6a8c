import { readPostgres } from './postgres/postgres.ts'
import { readSqlite } from './sqlite/sqlite.ts'
import type { DatabaseAddress, Reader } from './store.ts'

/** Opens a database for reading only, such as in a thread of its own. @throws as `readSqlite` and `readPostgres` */
export const openReader = (address: DatabaseAddress): Promise<Reader> =>
  address.engine === 'sqlite' ? readSqlite(address.path) : readPostgres(address.url)
