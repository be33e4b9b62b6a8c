import type { Narrow } from '../files/private-file.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { type Checkpoint, CheckpointRefused, type NoteKey, openCheckpoint } from './checkpoint/checkpoint.ts'
import { LogChanged, newestNote, requireContained } from './checkpoint/kept-checkpoints.ts'
import {
  type CheckedLog,
  checkedFile,
  createLogKey,
  findChecked,
  findLogKey,
  findPinnedCheckpoint,
  NOTHING,
  pinnedFile,
  storeChecked,
} from './checkpoint/log-key.ts'
import { Finding, faultOfReading } from './entry/finding.ts'
import { treeSize } from './tree/stored-tree.ts'
import { findRollbacks, isOfKey } from './verify/verify-checkpoints.ts'
import { verifyLog } from './verify/verify-log.ts'

export interface LogKeyOptions {
  /** The file of the key that signs checkpoints; it is created if absent. The newest checkpoint lies beside it. */
  readonly file: string
  /** Starts even if the log is not the one that was signed, or the operator alone knows that it is an older copy; the log records either. */
  readonly acceptRollback?: boolean
  /** Starts even if the log was signed with a key that the operator has lost; the log then records that. */
  readonly isLost?: boolean
}

/** The log is not the one that was signed, so the server does not start. */
class LogRefused extends Error {
  readonly code = 'log-refused'
}

/** How the log differs from what was signed. */
export interface LogDifference {
  readonly how: LogChanged['how'] | CheckpointRefused['reason'] | 'no-key' | 'declared'
  readonly sentence: string
}

export interface OpenedKey {
  readonly key: NoteKey
  readonly file: string
  /** The fault of the log, if the operator accepted it. */
  readonly difference: LogDifference | undefined
  /** The first fault of the entries since the last check, as a sentence. Nothing is signed then. */
  readonly fault: string | undefined
  /** Every entry was read. */
  readonly isRead: boolean
  /** The checkpoint beside the key, if the log is sound. */
  readonly pinned: Checkpoint | undefined
}

interface LogKeyDeps {
  readonly store: Pick<Store, 'db'>
  readonly logKey: LogKeyOptions
}

/**
 * Opens the key of the access log, or creates it, and reads the entries since the last check. The server does not start if the log's
 * hashes are not the ones that were signed.
 *
 * @throws LogRefused with a sentence for the person at the terminal.
 */
export const openLogKey = async (deps: LogKeyDeps): Promise<OpenedKey> => {
  const { store, logKey } = deps
  const { newest, pinned, existing, changed } = await requireSigned(deps)
  const key = existing ?? (await createLogKey(logKey.file))
  const opened = { key, file: logKey.file }
  if (changed) return { ...opened, difference: changed, fault: undefined, isRead: false, pinned: undefined }
  const signed = [newest, pinned].flatMap((note) => (note === undefined ? [] : openCheckpoint(note, key)))
  const checked =
    (await findChecked(logKey.file, key)) ?? ((await treeSize(store.db)) <= SMALL ? NOTHING : undefined)
  const fault = checked && (await findFault(store.db, opened, { checked, signed }))
  return {
    ...opened,
    difference: logKey.acceptRollback ? accepted(fault) : undefined,
    fault: logKey.acceptRollback ? undefined : fault,
    isRead: checked?.size === 0,
    pinned: pinned === undefined ? undefined : openCheckpoint(pinned, key),
  }
}

/**
 * Compares the hashes of the log with what was signed.
 *
 * @param narrow as that of `findPrivateFile`.
 * @throws LogRefused unless they are the same, or the operator accepts the difference.
 */
export const requireSigned = async ({ store, logKey }: LogKeyDeps, narrow?: Narrow) => {
  // Read the checkpoint before the key: another process creates its key before it signs, so a stored checkpoint implies a key.
  const newest = await newestNote(store.db)
  const pinned = await findPinnedCheckpoint(logKey.file, narrow)
  const existing = await findLogKey(logKey.file, narrow)
  const checked = existing && (await findChecked(logKey.file, existing, narrow))
  const changed = await findDifference(store.db, logKey.file, { key: existing, newest, pinned, checked })
  if (changed) requireAccepted(changed, logKey, existing && (await lastAcceptedAt(store.db, existing)))
  return { newest, pinned, existing, changed }
}

/** Without the checkpoint beside the key, only the operator may know that the log is an older copy. */
const accepted = (fault: string | undefined): LogDifference =>
  fault === undefined
    ? { how: 'declared', sentence: 'its operator called it an older copy' }
    : { how: 'not-verified', sentence: fault }

/** Returns when an older copy was last accepted, in milliseconds since 1970, according to the log's own signed entry. */
const lastAcceptedAt = async (db: Db, key: NoteKey): Promise<number | undefined> =>
  (await findRollbacks(db, key)).find(({ isNewKey }) => !isNewKey)?.recorded

/**
 * An older log and another key are accepted apart: nothing that a wrong key signs can be taken back.
 *
 * @throws LogRefused
 */
const requireAccepted = (
  { how, sentence }: LogDifference,
  { file, acceptRollback, isLost }: LogKeyOptions,
  lastAccepted: number | undefined,
): void => {
  const isKey = isOfKey(how)
  if (isKey ? isLost : acceptRollback) return
  // Each server has files of its own, but one restored copy is accepted once.
  const elsewhere =
    lastAccepted === undefined
      ? ''
      : `The log says that a server accepted an older copy at ${new Date(lastAccepted).toISOString()}. If it was this one, copy that server's files to ${pinnedFile(file)} and ${checkedFile(file)}, and start again. Otherwise: `
  const advice = isKey
    ? `Copy the key to ${file} from another server of this database, or from a backup. Only if it is lost for good, stop every server of this database and start once with --lost-log-key: another key then signs the log, which will record it, and browsers raise an alarm`
    : `${elsewhere}If you restored an older copy on purpose, start once with --accept-rollback; the log will record it`
  throw new LogRefused(`The access log is not the one that was signed: ${sentence}. ${advice}.`)
}

/**
 * So many entries are read at the start if it is not known up to where the log was checked. A larger log is then read while the
 * server answers (`watch-log.ts`).
 */
const SMALL = 1_000

/** Reads the entries since the last check, and remembers that. @returns the first fault, as a sentence. */
const findFault = async (
  db: Db,
  { file, key }: Pick<OpenedKey, 'file' | 'key'>,
  { checked, signed }: { readonly checked: CheckedLog; readonly signed: readonly Checkpoint[] },
): Promise<string | undefined> => {
  const known = [
    { ...checked, label: `what was checked before (${checkedFile(file)})` },
    ...signed.map((checkpoint) => ({ ...checkpoint, label: 'what was signed last' })),
  ]
  try {
    await verifyLog(db, key, { known, from: checked.size })
    await storeChecked(
      file,
      key,
      known.reduce((one, other) => (other.size > one.size ? other : one)),
    )
    return undefined
  } catch (error) {
    if (error instanceof Finding) return error.message
    throw error
  }
}

/** What says which log was signed. */
interface Signed {
  readonly key: NoteKey | undefined
  /** The newest checkpoint in the database. */
  readonly newest: string | undefined
  readonly pinned: string | undefined
  readonly checked: CheckedLog | undefined
}

const findDifference = async (
  db: Db,
  file: string,
  { key, newest, pinned, checked }: Signed,
): Promise<LogDifference | undefined> => {
  if (!key && (newest ?? pinned) !== undefined)
    return { how: 'no-key', sentence: `its key ${file} is missing` }
  for (const [note, where] of [
    [newest, 'the checkpoint in the database'],
    [pinned, pinnedFile(file)],
  ] as const) {
    if (note === undefined || !key) continue
    try {
      await requireContained(db, openCheckpoint(note, key))
    } catch (error) {
      if (error instanceof LogChanged)
        return { how: error.how, sentence: `${error.message} (according to ${where})` }
      if (error instanceof CheckpointRefused)
        return { how: error.reason, sentence: `${where} is not valid: ${error.message.replace(/\.$/, '')}` }
      const fault = faultOfReading(error, 'the log')
      if (!(fault instanceof Finding)) throw fault
      return { how: 'not-verified', sentence: fault.message.replace(/\.$/, '') }
    }
  }
  const size = await treeSize(db)
  return checked && checked.size > size
    ? {
        how: 'shrank',
        sentence: `it holds ${size} entries, but ${checked.size} were checked (according to ${checkedFile(file)})`,
      }
    : undefined
}
