import { parseArgs } from 'node:util'
import { CheckpointRefused, type NoteKey, openCheckpoint, originOf } from '../audit/checkpoint.ts'
import { confirmErasures } from '../audit/confirm-erasures.ts'
import { erasePatient } from '../audit/erase.ts'
import { LogChanged, newestCheckpoint, signLog } from '../audit/kept-checkpoints.ts'
import type { LogContext } from '../audit/log.ts'
import { findLogKey, findPinnedCheckpoint, pinCheckpoint } from '../audit/log-key.ts'
import { type Store, StoreUnavailable } from '../store/store.ts'
import { configOf, timeOf } from './admin-log.ts'
import { defaultDatabase, openStore } from './database.ts'
import { defaultLogKey } from './default-key-files.ts'
import { AdminError, UsageError } from './terminal.ts'

const OPTIONS = {
  db: { type: 'string', default: defaultDatabase },
  'log-key': { type: 'string' },
} as const

/**
 * Erases a patient's personal values from the access log and from the database's files. The log itself records what was erased,
 * and when.
 *
 * @throws UsageError, AdminError
 */
export const eraseLog = async (args: string[]): Promise<object> => {
  const options = { ...OPTIONS, patient: { type: 'string' } } as const
  const { patient, ...where } = parseArgs({ args, options }).values
  if (!patient) throw new UsageError('--patient is missing: who is to be taken out of the log?')
  return onLog(where, async (store, context) => {
    const erased = await erasePatient(store, patient, context)
    if (erased === 0) throw new AdminError(`The access log holds nothing about a patient ${patient}.`)
    await wipe(store)
    return { erased }
  })
}

/** Removes replaced values from the files, because a database leaves them there until it reuses the space. */
const wipe = async (store: Store): Promise<void> => {
  try {
    await store.wipe('audit_event')
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    const { cause } = error
    throw new AdminError(
      `The entries are erased, but what they held is still in the database's files, which could not be written anew: ${cause instanceof Error ? cause.message : cause}. Run VACUUM on it (VACUUM FULL audit_event on PostgreSQL).`,
    )
  }
}

/** Logs the confirmation of erasures by an older version of Carekey. @throws UsageError, AdminError */
export const confirmErased = (args: string[]): Promise<object> =>
  onLog(parseArgs({ args, options: OPTIONS }).values, async (store, context) => {
    const confirmed = await confirmErasures(store, context)
    if (confirmed === 0) throw new AdminError('The access log says of every erased entry that it was erased.')
    return { confirmed }
  })

const onLog = async <T>(
  { db, 'log-key': file = defaultLogKey(db) }: { db: string; 'log-key'?: string },
  work: (store: Store, context: LogContext) => Promise<T>,
): Promise<T> => {
  const store = await openStore(db)
  try {
    const context = { config: await configOf(store), now: await timeOf(store.db) }
    const done = await work(store, context)
    await sign(store, file, context)
    return done
  } finally {
    await store.close()
  }
}

/**
 * Signs immediately if the key is at hand, so that a browser that looks now gets the erasure as well. Otherwise the server signs
 * within 5 seconds.
 */
const sign = async (store: Store, file: string, { config, now }: LogContext): Promise<void> => {
  const key = await findLogKey(file)
  const origin = originOf(config.publicUrl)
  // A browser takes another address for another log, so only the server's own origin is signed.
  if (!key?.privateKey || (await newestCheckpoint(store.db))?.origin !== origin) return
  try {
    const { note } = await signLog(store, { origin, key, now, outsideCheckpoint: await findHeld(file, key) })
    await pinCheckpoint(file, note)
  } catch (error) {
    if (!(error instanceof LogChanged || error instanceof CheckpointRefused)) throw error
    throw new AdminError(
      'It is done, and not signed: the access log is not the one that was signed before. See npm run audit:verify.',
    )
  }
}

const findHeld = async (file: string, key: NoteKey) => {
  const pinned = await findPinnedCheckpoint(file)
  return pinned === undefined ? undefined : openCheckpoint(pinned, key)
}
