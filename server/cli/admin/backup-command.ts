import { copyFile, mkdir, readdir, rm } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { findChecked, findLogKey, findPinnedCheckpoint, pinnedFile } from '../../audit/checkpoint/log-key.ts'
import { verifyLog } from '../../audit/verify/verify-log.ts'
import { replacePrivateFile } from '../../files/private-file.ts'
import type { FileSettings } from '../../start/config-file.ts'
import { copyDatabase } from '../../start/database-copies.ts'
import { parseDatabase } from '../../start/database-url.ts'
import { parseArguments } from '../../start/parse-arguments.ts'
import { AdminError, type Terminal, UsageError } from '../../start/terminal.ts'
import {
  BACKUP,
  hashOf,
  KEYS,
  type Manifest,
  OPTIONS,
  type OwnFiles,
  ownFiles,
  requireFolder,
} from './backup-files.ts'

/**
 * Copies the database and the newest checkpoint into a new folder while the server runs, and checks the log in the copy. The keys go
 * into another folder, because whoever has both can sign a changed log.
 *
 * @throws UsageError, AdminError, Finding
 */
export const backUp = async (
  args: string[],
  _terminal?: Terminal,
  settings?: FileSettings,
): Promise<object> => {
  const { values, positionals } = parseArguments({ args, options: OPTIONS, allowPositionals: true })
  const folder = requireFolder(positionals)
  const own = ownFiles(values, settings)
  if (values.keys !== undefined && `${resolve(values.keys)}${sep}`.startsWith(`${resolve(folder)}${sep}`))
    throw new UsageError('--keys takes a folder apart from the backup.')
  const key = await findLogKey(own.logKey)
  if (!key)
    throw new AdminError(
      `There is no file ${own.logKey}, so the log cannot be checked. Name the log's key with --log-key.`,
    )
  await makeFolder(folder)
  try {
    // Before the database, so that the copy holds all that it covers.
    const pinned = await findPinnedCheckpoint(own.logKey)
    const checked = await findChecked(own.logKey, key)
    const database = join(folder, BACKUP.database)
    const taken = new Date().toISOString()
    const { entries: placed, waiting } = await copyDatabase(values.db, database, (db) =>
      verifyLog(db, key, {
        ...(pinned !== undefined && { others: [{ note: pinned, label: pinnedFile(own.logKey) }] }),
        ...(checked && { known: [{ ...checked, label: 'what was checked before' }], from: checked.size }),
      }),
    )
    if (pinned !== undefined) await replacePrivateFile(join(folder, BACKUP.checkpoint), pinned)
    if (values.keys !== undefined) await copyKeys(own, values.keys)
    const engine = parseDatabase(values.db).kind
    const entries = placed + waiting
    const manifest: Manifest = { format: 1, engine, taken, entries, sha256: await hashOf(database) }
    await replacePrivateFile(join(folder, BACKUP.manifest), `${JSON.stringify(manifest)}\n`)
    return { folder, ...manifest }
  } catch (error) {
    for (const name of Object.values(BACKUP)) await rm(join(folder, name), { force: true })
    throw error
  }
}

/** @throws AdminError if there is anything in it. */
const makeFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if ((await readdir(folder)).length > 0)
    throw new AdminError(`${folder} is not empty. A backup takes a folder of its own.`)
}

const copyKeys = async (own: OwnFiles, folder: string): Promise<void> => {
  await makeFolder(folder)
  await copyFile(own.keys, join(folder, KEYS.keys))
  await copyFile(own.logKey, join(folder, KEYS.logKey))
}
