import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Between the name of a database and what tells the files apart that become it (`fill-sqlite.ts`). */
const FILLING = '.filling-'

/** Returns the name of a new file that is to become a database. Process ids repeat in containers, so it has none. */
export const fillingFile = (path: string): string => [path, randomUUID()].join(FILLING)

/** Deletes the files that a killed import left, which hold records. The import of a running process has its file locked. */
export const removeLeftovers = (path: string): void => {
  const folder = dirname(path)
  const names = readdirSync(folder).filter((name) => name.startsWith(`${basename(path)}${FILLING}`))
  for (const file of names.map((name) => join(folder, name)))
    if (!isLocked(file)) rmSync(file, { force: true })
}

const BUSY = 5

/** Whether another connection holds the lock. A kill may have left a file that is no database. */
const isLocked = (file: string): boolean => {
  try {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      database.exec('SELECT 1 FROM sqlite_schema')
      return false
    } finally {
      database.close()
    }
  } catch (error) {
    return ((error as { errcode?: number }).errcode ?? 0) % 256 === BUSY
  }
}
