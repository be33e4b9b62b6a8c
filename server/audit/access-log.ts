import { randomUUID } from 'node:crypto'
import type { Clock, Config } from '../config.ts'
import type { Store } from '../store/store.ts'
import {
  type Checkpoint,
  CheckpointRefused,
  type NoteKey,
  openCheckpoint,
  originOf,
  verifierKey,
} from './checkpoint.ts'
import { gatherRefusals } from './gather-refusals.ts'
import { LogChanged, newestCheckpoint, requireContained, signLog } from './kept-checkpoints.ts'
import { createLogKey, findLogKey, findPinnedCheckpoint, pinCheckpoint, pinnedFile } from './log-key.ts'
import { createRecorder } from './recorder.ts'
import { startSequencer } from './sequencer.ts'

interface AccessLogDeps {
  readonly config: Config
  readonly store: Store
  readonly clock: Clock
  readonly logKey: LogKeyOptions
  /** Called with each error outside of a request; the work is then tried again. */
  readonly onFault: (error: unknown) => void
}

export interface LogKeyOptions {
  /** The file of the key that signs checkpoints; it is created if absent. The newest checkpoint lies beside it. */
  readonly file: string
  /** Starts even if the log is not the one that was signed; the log then records that. */
  readonly acceptRollback?: boolean
}

/** The access log of an organization while it runs. */
export interface AccessLog {
  readonly origin: string
  /** The public key in the encoding of C2SP signed-note. */
  readonly verifierKey: string
  /** The store; an entry that is written through it soon gets its place in the tree. */
  readonly store: Store
  /** Returns the newest checkpoint, at most a few seconds old. @throws LogChanged, CheckpointRefused, StoreUnavailable */
  checkpoint(): Promise<Checkpoint>
  /** Places all waiting entries, then signs. @throws LogChanged, CheckpointRefused, StoreUnavailable */
  sign(): Promise<Checkpoint>
  /** Whether the log was still as signed at the last check. */
  isSound(): boolean
  /** Signs a last time. Entries that still wait for a place get one after the next start. */
  close(): Promise<void>
}

/** In milliseconds. */
const SIGN_INTERVAL = 5_000
/** Batches placed before each signing and at shutdown. The rest of a longer backlog waits for the next round or the next start. */
const MOST_BATCHES = 100
/** Batches that a start waits for. A killed process rarely leaves more behind. */
const MOST_BATCHES_AT_START = 10

/**
 * Opens the access log. The server does not start if the log is not the one that was signed.
 *
 * @throws LogRefused with a sentence for the person at the terminal.
 */
export const openAccessLog = async (deps: AccessLogDeps): Promise<AccessLog> => {
  const { config, store, clock, logKey, onFault } = deps
  const origin = originOf(config.publicUrl)
  const { key, difference, pinned } = await openKey(deps)
  const sequencer = startSequencer(store, onFault)

  /** Signs one at a time, because an older checkpoint must not replace a newer one beside the key. */
  let signing: Promise<unknown> = Promise.resolve()
  const sign = (afterRollback = false): Promise<Checkpoint> => {
    const nextSigning = signing.then(() => trackSoundness(() => signAndPin(afterRollback)))
    signing = nextSigning.catch(() => undefined)
    return nextSigning
  }
  let isSound = true
  const trackSoundness = async (check: () => Promise<Checkpoint>): Promise<Checkpoint> => {
    try {
      const checkpoint = await check()
      isSound = true
      return checkpoint
    } catch (error) {
      if (error instanceof LogChanged || error instanceof CheckpointRefused) isSound = false
      throw error
    }
  }
  const signAndPin = async (afterRollback: boolean): Promise<Checkpoint> => {
    const checkpoint = await signLog(store, {
      origin,
      key,
      now: clock(),
      outsideCheckpoint: newestSigned,
      afterRollback,
    })
    if (afterRollback || checkpoint.note !== pinnedNote)
      await pinCheckpoint(logKey.file, checkpoint.note, afterRollback)
    newestDurable = checkpoint
    newestSigned = checkpoint
    pinnedNote = checkpoint.note
    return checkpoint
  }
  /** The newest checkpoint that is known to be on disk. */
  let newestDurable: Checkpoint | undefined
  /** The newest checkpoint that this process signed or found beside the key. An attacker cannot delete it from memory. */
  let newestSigned = pinned
  /** The checkpoint that this process stored beside the key. */
  let pinnedNote: string | undefined

  const checkpoint = async (): Promise<Checkpoint> => {
    const newest = await newestCheckpoint(store.db)
    if (newestDurable && newest?.note === newestDurable.note) return newestDurable
    // Another process signed the newest one, or it is not on disk yet. If it were published and then lost, that would look like a rollback.
    const stored = await store.write(newestCheckpoint)
    newestDurable = stored ? await trackSoundness(async () => openCheckpoint(stored.note, key)) : await sign()
    return newestDurable
  }

  if (difference) await logRollback(deps, difference)
  const gather = (includeCurrent = false) =>
    gatherRefusals(store, { now: clock(), config, includeCurrent }).catch(onFault)
  await gather()
  await sequencer.drain(MOST_BATCHES_AT_START)
  await sign(difference !== undefined)
  // The server already answers while the rest of a backlog is placed.
  sequencer.wake()
  let round: Promise<unknown> | undefined
  const timer = setInterval(() => {
    round ??= gather()
      .then(() => sequencer.drain(MOST_BATCHES))
      .then(() => sign())
      .catch(onFault)
      .finally(() => {
        round = undefined
      })
  }, SIGN_INTERVAL).unref()

  return {
    origin,
    verifierKey: verifierKey(origin, key),
    store: {
      ...store,
      write: async (work) => {
        const result = await store.write(work)
        sequencer.wake()
        return result
      },
      writeLast: async (addRows) => {
        await store.writeLast(addRows)
        sequencer.wake()
      },
    },
    checkpoint,
    isSound: () => isSound,
    sign: async () => {
      await sequencer.drain()
      return sign()
    },
    close: async () => {
      clearInterval(timer)
      await round
      await gather(true)
      await sequencer.drain(MOST_BATCHES).catch(onFault)
      await sequencer.stop()
      await sign().catch(onFault)
    },
  }
}

/** The log is not the one that was signed, so the server does not start. */
class LogRefused extends Error {
  readonly code = 'log-refused'
}

/** How the log differs from what was signed. */
interface LogDifference {
  readonly how: LogChanged['how'] | CheckpointRefused['reason'] | 'no-key'
  readonly sentence: string
}

interface OpenedKey {
  readonly key: NoteKey
  /** The fault of the log, if the operator accepted it. */
  readonly difference: LogDifference | undefined
  /** The checkpoint beside the key, if the log is sound. */
  readonly pinned: Checkpoint | undefined
}

/** @throws LogRefused */
const openKey = async (deps: AccessLogDeps): Promise<OpenedKey> => {
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
    difference,
    pinned: pinned === undefined || difference ? undefined : openCheckpoint(pinned, key),
  }
}

const findDifference = async (
  { store, logKey: { file } }: AccessLogDeps,
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

const logRollback = (deps: AccessLogDeps, { how }: LogDifference): Promise<void> =>
  createRecorder(deps).record({
    kind: 'rollback',
    requestId: randomUUID(),
    outcome: 'success',
    agent: { address: 'terminal' },
    patients: [],
    details: { how },
  })
