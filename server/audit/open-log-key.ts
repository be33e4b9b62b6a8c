import type { Store } from '../store/store.ts'
import { type Checkpoint, CheckpointRefused, type NoteKey, openCheckpoint } from './checkpoint.ts'
import { LogChanged, newestCheckpoint, requireContained } from './kept-checkpoints.ts'
import { createLogKey, findLogKey, findPinnedCheckpoint, pinnedFile } from './log-key.ts'

export interface LogKeyOptions {
  /** The file of the key that signs checkpoints; it is created if absent. The newest checkpoint lies beside it. */
  readonly file: string
  /** Starts even if the log is not the one that was signed; the log then records that. */
  readonly acceptRollback?: boolean
}

/** The log is not the one that was signed, so the server does not start. */
class LogRefused extends Error {
  readonly code = 'log-refused'
}

/** How the log differs from what was signed. */
export interface LogDifference {
  readonly how: LogChanged['how'] | CheckpointRefused['reason'] | 'no-key'
  readonly sentence: string
}

export interface OpenedKey {
  readonly key: NoteKey
  readonly file: string
  /** The fault of the log, if the operator accepted it. */
  readonly difference: LogDifference | undefined
  /** The checkpoint beside the key, if the log is sound. */
  readonly pinned: Checkpoint | undefined
}

interface LogKeyDeps {
  readonly store: Store
  readonly logKey: LogKeyOptions
}

/**
 * Opens the key of the access log, or creates it. The server does not start if the log is not the one that was signed.
 *
 * @throws LogRefused with a sentence for the person at the terminal.
 */
export const openLogKey = async (deps: LogKeyDeps): Promise<OpenedKey> => {
  const { store, logKey } = deps
  // Read the checkpoint before the key: another process creates its key before it signs, so a stored checkpoint implies a key.
  const newest = await newestCheckpoint(store.db)
  const pinned = await findPinnedCheckpoint(logKey.file)
  const existing = await findLogKey(logKey.file)
  const difference = await findDifference(deps, existing, newest?.note, pinned)
  if (difference && !logKey.acceptRollback)
    throw new LogRefused(
      `The access log is not the one that was signed: ${difference.sentence}. If you restored an older copy on purpose, start once with --accept-rollback; the log will record it.`,
    )
  const key = existing ?? (await createLogKey(logKey.file))
  return {
    key,
    file: logKey.file,
    difference,
    pinned: pinned === undefined || difference ? undefined : openCheckpoint(pinned, key),
  }
}

const findDifference = async (
  { store, logKey: { file } }: LogKeyDeps,
  key: NoteKey | undefined,
  newestNote: string | undefined,
  pinned: string | undefined,
): Promise<LogDifference | undefined> => {
  if (!key && (newestNote ?? pinned) !== undefined)
    return { how: 'no-key', sentence: `its key ${file} is missing` }
  for (const [note, where] of [
    [newestNote, 'the checkpoint in the database'],
    [pinned, pinnedFile(file)],
  ] as const) {
    if (note === undefined || !key) continue
    try {
      await requireContained(store.db, openCheckpoint(note, key))
    } catch (error) {
      if (error instanceof LogChanged)
        return { how: error.how, sentence: `${error.message} (according to ${where})` }
      if (error instanceof CheckpointRefused)
        return { how: error.reason, sentence: `${where} is not valid: ${error.message.replace(/\.$/, '')}` }
      throw error
    }
  }
  return undefined
}
