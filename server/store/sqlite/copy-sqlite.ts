import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { giveToOwner, PRIVATE_MODE } from '../../files/private-file.ts'
import type { Db } from '../schema.ts'
import { DatabaseInUse, StoreUnavailable } from '../store.ts'
import { sync, syncFolder } from './fill-sqlite.ts'
import { fillingFile, openFile, readSqlite, requireFreeName } from './sqlite.ts'

/**
 * Copies a database into a new file, as it is at one moment, while others go on writing. Nothing of deleted rows is in the copy.
 *
 * @returns what `check` returns about the copy.
 * @throws StoreUnavailable, and what `check` throws.
 */
export const copySqlite = async <T>(
  path: string,
  copy: string,
  check: (db: Db) => Promise<T>,
): Promise<T> => {
  const connection = openFile(path, { readOnly: true })
  try {
    connection.prepare('VACUUM INTO ?').run(copy)
  } catch (cause) {
    throw new StoreUnavailable(cause)
  } finally {
    connection.close()
  }
  await sync(copy)
  return checkCopy(copy, check)
}

/**
 * Puts a copy in the place of a database, once `check` has accepted it. What stood there stays until then.
 *
 * @throws DatabaseInUse while another process has it open; StoreUnavailable, and what `check` throws.
 */
export const restoreSqlite = async (
  path: string,
  copy: string,
  check: (db: Db) => Promise<unknown>,
): Promise<void> => {
  requireFreeName(path)
  await checkCopy(copy, check)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = fillingFile(path)
  try {
    await copyPrivately(copy, draft, path)
    if (existsSync(path)) removeLog(path)
    requireFreeName(path)
    renameSync(draft, path)
    await syncFolder(dirname(path))
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Copies a file for its owner alone, whatever became of the backup. */
const copyPrivately = async (copy: string, draft: string, path: string): Promise<void> => {
  copyFileSync(copy, draft)
  const handle = await open(draft, 'r+')
  try {
    await handle.chmod(PRIVATE_MODE)
    await giveToOwner(handle, path)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Ends the write-ahead log, whose pages would be added to another file of this name. Only the one process that has the file open can. */
const removeLog = (path: string): void => {
  const connection = openFile(path)
  try {
    connection.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE; COMMIT')
  } catch (cause) {
    const { errcode = 0 } = cause as { errcode?: number }
    if ((errcode & 0xff) === BUSY) throw new DatabaseInUse(cause)
    if (!DAMAGED.includes(errcode & 0xff)) throw new StoreUnavailable(cause)
    for (const end of ['-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
  } finally {
    connection.close()
  }
}

const BUSY = 5
/** SQLITE_CORRUPT and SQLITE_NOTADB: why somebody restores a backup. */
const DAMAGED = [11, 26]

/** Whether there is anything at this path. */
export const holdsSqlite = (path: string): boolean =>
  (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0

const checkCopy = async <T>(copy: string, check: (db: Db) => Promise<T>): Promise<T> => {
  const { db, close } = await readSqlite(copy)
  try {
    return await check(db)
  } finally {
    await close()
  }
}
