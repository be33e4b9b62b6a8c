import { closeSync, linkSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { PRIVATE_MODE } from '../../files/private-file.ts'
import { beginWork, endOf, LastWrites } from '../last-writes.ts'
import { type Store, StoreUnavailable } from '../store.ts'
import { migrate } from '../tables/migrate.ts'
import { createKysely, fillingFile, openFile, PAGE_SIZE, removeLeftovers, requireFreeName } from './sqlite.ts'

/** A new database that is filled under another name. Closed before it is finished, it is deleted. */
export interface FillingStore extends Store {
  /**
   * Builds the indexes, syncs the file and gives it its name. Closes the store.
   *
   * @throws StoreUnavailable when the file cannot be written, or another process made a database of that name meanwhile.
   */
  finish(): Promise<void>
}

/** An import looks up what it replaces by these, so they exist from the start. Their rows come in the order of the index. */
const KEPT = ['compartment_key']
/** The tables that an import fills. */
const FILLED = [
  'resource',
  'compartment',
  'index_string',
  'index_token',
  'index_date',
  'index_quantity',
  'index_reference',
]

/**
 * Creates a SQLite file to be filled by one process, fast: under another name, without a write-ahead log, without syncing and without
 * the indexes by value, which are built at the end. If the process is killed, there is no database; the next one that fills
 * or opens it deletes what is left.
 */
export const fillSqlite = async (path: string): Promise<FillingStore> => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  requireFreeName(path)
  removeLeftovers(path)
  const file = fillingFile(path)
  closeSync(openSync(file, 'wx', PRIVATE_MODE))
  const connection = openFile(file)
  connection.exec(`PRAGMA page_size = ${PAGE_SIZE}; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA foreign_keys = ON; PRAGMA cache_size = -32768; PRAGMA threads = 2`)
  const db = createKysely(connection, (error) => error)
  const close = async () => {
    await db.destroy()
    rmSync(file, { force: true })
  }
  try {
    await migrate(db, 'sqlite')
    const later = dropIndexes(connection)
    connection.exec(
      `CREATE INDEX filling_identifier ON index_token (type, code, system) WHERE param = 'identifier'`,
    )
    const write: Store['write'] = (work) =>
      available(async () => {
        // Kysely lets nothing else use the connection meanwhile, so a read never sees a part of it.
        const { value, end } = await db.transaction().execute(async (trx) => {
          const end = beginWork(trx, new LastWrites())
          const value = await work(trx)
          await end.run(trx, true)
          return { value, end }
        })
        end.committed()
        return value
      })
    return {
      db,
      address: { engine: 'sqlite', path: file },
      folder: dirname(path),
      indexesLater: true,
      write,
      writeLast: (addRows) => write(async (trx) => addRows(endOf(trx))),
      wipe: () => Promise.reject(new Error('A new database has nothing to wipe.')),
      close,
      finish: () =>
        available(async () => {
          connection.exec(`DROP INDEX filling_identifier; ${later.join('; ')}`)
          await db.destroy()
          await sync(file)
          requireFreeName(path)
          // Unlike renaming, this never replaces a file.
          linkSync(file, path)
          rmSync(file)
          await syncFolder(dirname(path))
        }),
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** @returns the statements that make the indexes again. */
const dropIndexes = (connection: DatabaseSync): string[] => {
  const indexes = connection
    .prepare("SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
    .all() as { name: string; tbl_name: string; sql: string }[]
  const dropped = indexes.filter(({ name, tbl_name }) => FILLED.includes(tbl_name) && !KEPT.includes(name))
  for (const { name } of dropped) connection.exec(`DROP INDEX "${name}"`)
  return dropped.map(({ sql }) => sql)
}

const available = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException
    throw code === 'ERR_SQLITE_ERROR' || errno !== undefined ? new StoreUnavailable(error) : error
  }
}

export const sync = async (name: string): Promise<void> => {
  const handle = await open(name, 'r')
  await handle.sync().finally(() => handle.close())
}

/** Windows does not open folders, and writes their entries by itself. */
export const syncFolder = async (name: string): Promise<void> => {
  if (process.platform !== 'win32') await sync(name)
}
