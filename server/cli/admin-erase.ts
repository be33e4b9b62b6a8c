import { parseArgs } from 'node:util'
import { CheckpointRefused, type NoteKey, openCheckpoint, originOf } from '../audit/checkpoint.ts'
import { confirmErasures } from '../audit/confirm-erasures.ts'
import { erasePatient } from '../audit/erase.ts'
import { LogChanged, newestCheckpoint, signLog } from '../audit/kept-checkpoints.ts'
import type { LogContext } from '../audit/log.ts'
import { findLogKey, findPinnedCheckpoint, pinCheckpoint } from '../audit/log-key.ts'
import { type Store, StoreUnavailable } from '../store/store.ts'
import { configOf, timeOf } from './admin-log.ts'
import { defaultDatabase, withStore } from './database.ts'
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
  if (!patient)
    throw new UsageError('--patient is missing. Give the id of the patient to erase from the log.')
  return withLog(where, async (store, context) => {
    const erased = await erasePatient(store, patient, context)
    if (erased === 0) throw new AdminError(`The access log has no entry about a patient ${patient}.`)
    await wipe(store)
    return { erased }
  })
}

/** Removes the old values from the files, because a database leaves them there until it reuses the space. @throws AdminError */
const wipe = async (store: Store): Promise<void> => {
  try {
    await store.wipe('audit_event')
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    const { cause } = error
    throw new AdminError(
      `The entries are erased, but their old values are still in the database's files, which could not be rewritten: ${cause instanceof Error ? cause.message : cause}. Run VACUUM on the database (on PostgreSQL, VACUUM FULL audit_event).`,
    )
  }
}

/** Logs the confirmation of erasures by an older version of Carekey. @throws UsageError, AdminError */
export const confirmLogErasures = (args: string[]): Promise<object> =>
  withLog(parseArgs({ args, options: OPTIONS }).values, async (store, context) => {
    const confirmed = await confirmErasures(store, context)
    if (confirmed === 0)
      throw new AdminError('There is nothing to confirm: the access log covers every erased entry.')
    return { confirmed }
  })

const withLog = <T>(
  { db, 'log-key': file = defaultLogKey(db) }: { db: string; 'log-key'?: string },
  work: (store: Store, context: LogContext) => Promise<T>,
): Promise<T> =>
  withStore(db, async (store) => {
    const context = { config: await configOf(store), now: await timeOf(store.db) }
    const result = await work(store, context)
    await sign(store, file, context)
    return result
  })

/**
 * Signs immediately if the key is at hand, so that a browser that reads the log now gets a proof of the erasure too. Otherwise the
 * server signs within 5 seconds.
 *
 * @throws AdminError
 */
const sign = async (store: Store, file: string, { config, now }: LogContext): Promise<void> => {
  const key = await findLogKey(file)
  const origin = originOf(config.publicUrl)
  // To a browser, another origin is another log, so only the origin that the server signs with is used.
  if (!key?.privateKey || (await newestCheckpoint(store.db))?.origin !== origin) return
  try {
    const { note } = await signLog(store, {
      origin,
      key,
      now,
      outsideCheckpoint: await openPinnedCheckpoint(file, key),
    })
    await pinCheckpoint(file, note)
  } catch (error) {
    if (!(error instanceof LogChanged || error instanceof CheckpointRefused)) throw error
    throw new AdminError(
      'The command succeeded, but the result is not signed: the access log is not the one that was signed before. Run npm run audit:verify.',
    )
  }
}

const openPinnedCheckpoint = async (file: string, key: NoteKey) => {
  const pinned = await findPinnedCheckpoint(file)
  return pinned === undefined ? undefined : openCheckpoint(pinned, key)
}
