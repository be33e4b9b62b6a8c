import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseCheckpoint } from '../../audit/checkpoint/checkpoint.ts'
import {
  findChecked,
  findLogKey,
  findPinnedCheckpoint,
  pinCheckpoint,
} from '../../audit/checkpoint/log-key.ts'
import { measureLog } from '../../audit/log-progress.ts'
import { openAccessLog } from '../../audit/open-log.ts'
import { openLogKey } from '../../audit/open-log-key.ts'
import { verifyLog } from '../../audit/verify/verify-log.ts'
import { createPrivateFile, findFile, replacePrivateFile } from '../../files/private-file.ts'
import type { FileSettings } from '../../start/config-file.ts'
import { holdsData, restoreDatabase } from '../../start/database-copies.ts'
import { parseDatabase } from '../../start/database-url.ts'
import { withReader, withStore } from '../../start/open-database.ts'
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
import { configOf, requireTrustedClock } from './log-change.ts'

const RESTORE = {
  ...OPTIONS,
  replace: { type: 'boolean', default: false },
  'accept-rollback': { type: 'boolean', default: false },
} as const

/**
 * Puts a backup in the place of a database. Checks it first, and leaves what stands if it refuses.
 *
 * @throws UsageError, AdminError, DatabaseInUse, Finding
 */
export const restore = async (
  args: string[],
  _terminal?: Terminal,
  settings?: FileSettings,
): Promise<object> => {
  const { values, positionals } = parseArguments({ args, options: RESTORE, allowPositionals: true })
  const { db, replace, 'accept-rollback': acceptRollback } = values
  if (acceptRollback && !replace) throw new UsageError('--accept-rollback goes with --replace.')
  const folder = requireFolder(positionals)
  const own = ownFiles(values, settings)
  const { engine, entries, taken } = await requireSound(folder)
  if (engine !== parseDatabase(db).kind)
    throw new AdminError(
      `The backup is of ${NAMES[engine]}, so it cannot be restored into another kind of database.`,
    )
  const stands = await holdsData(db)
  if (stands && !replace)
    throw new AdminError('The database is not empty. To replace all that is in it, add --replace.')
  const keyFolder = values.keys
  const key = await findLogKey(keyFolder === undefined ? own.logKey : join(keyFolder, KEYS.logKey))
  if (!key)
    throw new AdminError(
      `There is no log key at ${own.logKey}. Name the folder of the backed-up keys with --keys.`,
    )
  if (keyFolder !== undefined) await requireSameKeys(own, keyFolder, replace)
  const pinned = await findPinnedCheckpoint(own.logKey)
  const signed = pinned === undefined ? 0 : parseCheckpoint(pinned).size
  const checked = (await findChecked(own.logKey, key))?.size ?? 0
  // One that cannot be read is why somebody restores a backup. What was signed and checked is known outside of it.
  const stored = stands
    ? await withReader(db, async (reader) => (await measureLog(reader.db, 0)).entries).catch(() => 0)
    : 0
  const standing = Math.max(signed, checked, stored)
  const isBehind = entries < standing
  if (isBehind && !acceptRollback)
    throw new AdminError(
      `The backup's access log has ${entries} entries, and ${standing} were recorded here. To go back to it all the same, add --accept-rollback: what was recorded since is lost, and browsers of people with later entries raise an alarm.`,
    )
  const backedUp = await findFile(join(folder, BACKUP.checkpoint))
  const others = [
    ...(backedUp === undefined ? [] : [{ note: backedUp, label: BACKUP.checkpoint }]),
    ...(pinned === undefined || isBehind ? [] : [{ note: pinned, label: 'the checkpoint beside the key' }]),
  ]
  await restoreDatabase(db, join(folder, BACKUP.database), async (copy) => {
    const log = await verifyLog(copy, key, { others })
    const found = log.entries + log.waiting
    if (found !== entries) throw new AdminError(`${DAMAGED} its log has ${found} entries, not ${entries}.`)
  })
  if (keyFolder !== undefined) await placeKeys(own, keyFolder)
  if (backedUp !== undefined && !isBehind) await pinCheckpoint(own.logKey, backedUp)
  if (isBehind) await logSetBack(db, own.logKey)
  return { restored: taken, entries, ...(isBehind && { setBackFrom: standing }) }
}

const NAMES = { sqlite: 'SQLite', postgres: 'PostgreSQL' } as const

/** @throws AdminError if the folder holds no whole backup, or its database is not the one that was backed up. */
const requireSound = async (folder: string): Promise<Manifest> => {
  const text = await findFile(join(folder, BACKUP.manifest))
  if (text === undefined)
    throw new AdminError(`${folder} holds no backup: there is no ${BACKUP.manifest}, which is written last.`)
  const manifest = parseManifest(text)
  if (manifest.format !== 1) throw new AdminError('The backup is of a newer version of Carekey.')
  if ((await hashOf(join(folder, BACKUP.database))) !== manifest.sha256)
    throw new AdminError(`${DAMAGED} its database is not the one that was backed up.`)
  return manifest
}

const DAMAGED = 'The backup is damaged:'

/** @throws AdminError */
const parseManifest = (text: string): Manifest => {
  try {
    return JSON.parse(text) as Manifest
  } catch {
    throw new AdminError(`${DAMAGED} ${BACKUP.manifest} cannot be read.`)
  }
}

const filesOf = (own: OwnFiles, folder: string) =>
  (['keys', 'logKey'] as const).map((name) => ({ from: join(folder, KEYS[name]), to: own[name] }))

/** @throws AdminError if a key would be replaced. */
const requireSameKeys = async (own: OwnFiles, folder: string, replace: boolean): Promise<void> => {
  for (const { from, to } of filesOf(own, folder)) {
    const backedUp = await findFile(from)
    if (backedUp === undefined) throw new AdminError(`There is no file ${from}.`)
    if (!replace && existsSync(to) && (await findFile(to)) !== backedUp)
      throw new AdminError(`${to} holds another key. To replace it, add --replace.`)
  }
}

const placeKeys = async (own: OwnFiles, folder: string): Promise<void> => {
  for (const { from, to } of filesOf(own, folder)) {
    const content = (await findFile(from)) ?? ''
    if (!(await createPrivateFile(to, content))) await replacePrivateFile(to, content)
  }
}

/** Has the log say that it was set back, so that the next start asks nothing. */
const logSetBack = (db: string, file: string): Promise<void> =>
  withStore(db, async (store) => {
    const clock = await requireTrustedClock(store.db)
    const key = await openLogKey({ store, logKey: { file, acceptRollback: true } })
    const fail = (error: unknown) => {
      throw error
    }
    const log = await openAccessLog({
      ...{ config: await configOf(store), store, clock, key },
      ...{ onFinding: fail, onDelay: () => undefined, onFault: fail },
    })
    await log.close()
  })
