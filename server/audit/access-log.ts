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

export interface AccessLogDeps {
  readonly config: Config
  readonly store: Store
  readonly clock: Clock
  readonly logKey: LogKeyOptions
  /** Called with each failure between requests; failed work is tried again. */
  readonly onFault: (error: unknown) => void
}

export interface LogKeyOptions {
  /** The file of the key that signs checkpoints; it is created if absent. The newest checkpoint lies beside it. */
  readonly file: string
  /** Starts although the log is not the one that was signed, and logs that. */
  readonly acceptRollback?: boolean
}

/** The access log of an organization while it runs. */
export interface AccessLog {
  readonly origin: string
  /** The public key in the encoding of C2SP signed-note. */
  readonly verifierKey: string
  /** The store; an entry that is written through it soon gets its place in the tree. */
  readonly store: Store
  /** The newest checkpoint, a few seconds old at most. */
  checkpoint(): Promise<Checkpoint>
  /** Places all entries that wait now, and signs. @throws LogChanged */
  sign(): Promise<Checkpoint>
  /** Whether the last check found the log as it had been signed. */
  isSound(): boolean
  /** Signs a last time. Entries that still wait are placed after the next start. */
  close(): Promise<void>
}

/** Interval of signing, in milliseconds. */
const EVERY = 5_000
/** Most batches placed before signing and at shutdown; the rest of a long backlog waits, if need be for the next start. */
const BATCHES = 100
/** Most batches that a start waits for; a killed process rarely leaves more behind. */
const AT_START = 10

/**
 * Opens the access log. The server does not start if the log is not the one that was signed.
 *
 * @throws LogRefused with a sentence for the person at the terminal.
 */
export const openAccessLog = async (deps: AccessLogDeps): Promise<AccessLog> => {
  const { config, store, clock, logKey, onFault } = deps
  const origin = originOf(config.publicUrl)
  const { key, change, pinned: known } = await openKey(deps)
  const sequencer = startSequencer(store, onFault)

  /** Runs one at a time: an older checkpoint must not replace a newer one beside the key. */
  let signing: Promise<unknown> = Promise.resolve()
  const sign = (instead = false): Promise<Checkpoint> => {
    const signed = signing.then(() => judged(() => signPlaced(instead)))
    signing = signed.catch(() => undefined)
    return signed
  }
  let isSound = true
  const judged = async (look: () => Promise<Checkpoint>): Promise<Checkpoint> => {
    try {
      const checkpoint = await look()
      isSound = true
      return checkpoint
    } catch (error) {
      if (error instanceof LogChanged || error instanceof CheckpointRefused) isSound = false
      throw error
    }
  }
  const signPlaced = async (instead: boolean): Promise<Checkpoint> => {
    const signed = await signLog(store, { origin, key, now: clock(), held, instead })
    if (instead || signed.note !== pinned) await pinCheckpoint(logKey.file, signed.note, instead)
    durable = signed
    held = signed
    pinned = signed.note
    return signed
  }
  /** The newest checkpoint that is known to be on disk. */
  let durable: Checkpoint | undefined
  /** The newest checkpoint that this process signed or found beside the key. It is in memory, so nobody can delete it. */
  let held = known
  /** The checkpoint that this process stored beside the key. */
  let pinned: string | undefined

  const checkpoint = async (): Promise<Checkpoint> => {
    const newest = await newestCheckpoint(store.db)
    if (durable && newest?.note === durable.note) return durable
    // Another process signed it, or it is not on disk yet. Once published, its loss would look like a rollback.
    const written = await store.write(newestCheckpoint)
    durable = written ? await judged(async () => openCheckpoint(written.note, key)) : await sign()
    return durable
  }

  if (change) await logRollback(deps, change)
  const gather = (unfinished = false) =>
    gatherRefusals(store, { now: clock(), config, unfinished }).catch(onFault)
  await gather()
  await sequencer.drain(AT_START)
  await sign(change !== undefined)
  // The server already answers while the rest of a backlog is placed.
  sequencer.wake()
  let regular: Promise<unknown> | undefined
  const timer = setInterval(() => {
    regular ??= gather()
      .then(() => sequencer.drain(BATCHES))
      .then(() => sign())
      .catch(onFault)
      .finally(() => {
        regular = undefined
      })
  }, EVERY).unref()

  return {
    origin,
    verifierKey: verifierKey(origin, key),
    store: {
      ...store,
      write: async (work) => {
        const written = await store.write(work)
        sequencer.wake()
        return written
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
      await regular
      await gather(true)
      await sequencer.drain(BATCHES).catch(onFault)
      await sequencer.stop()
      await sign().catch(onFault)
    },
  }
}

/** Why the server does not start. */
export class LogRefused extends Error {
  readonly code = 'log-refused'
}

/** How the log differs from what was signed. */
interface Change {
  readonly how: LogChanged['how'] | CheckpointRefused['reason'] | 'no-key'
  readonly sentence: string
}

interface OpenedKey {
  readonly key: NoteKey
  /** The fault of the log, if the operator accepted it. */
  readonly change: Change | undefined
  /** The checkpoint beside the key, if the log is sound. */
  readonly pinned: Checkpoint | undefined
}

/** @throws LogRefused */
const openKey = async (deps: AccessLogDeps): Promise<OpenedKey> => {
  const { store, logKey } = deps
  // The order matters: a process that starts at the same moment creates the key before it signs.
  const kept = await newestCheckpoint(store.db)
  const pinned = await findPinnedCheckpoint(logKey.file)
  const known = await findLogKey(logKey.file)
  const change = await findChange(deps, known, kept?.note, pinned)
  if (change && !logKey.acceptRollback)
    throw new LogRefused(
      `The access log is not the one that was signed: ${change.sentence}. If an older copy was restored on purpose, start once with --accept-rollback; the log will say so.`,
    )
  const key = known ?? (await createLogKey(logKey.file))
  return { key, change, pinned: pinned === undefined || change ? undefined : openCheckpoint(pinned, key) }
}

const findChange = async (
  { store, logKey: { file } }: AccessLogDeps,
  key: NoteKey | undefined,
  kept: string | undefined,
  pinned: string | undefined,
): Promise<Change | undefined> => {
  if (!key && (kept ?? pinned) !== undefined) return { how: 'no-key', sentence: `its key ${file} is missing` }
  for (const [note, where] of [
    [kept, 'the checkpoint in the database'],
    [pinned, pinnedFile(file)],
  ] as const) {
    if (note === undefined || !key) continue
    try {
      await requireContained(store.db, openCheckpoint(note, key))
    } catch (error) {
      if (error instanceof LogChanged)
        return { how: error.how, sentence: `${error.message} (${where} says so)` }
      if (error instanceof CheckpointRefused)
        return { how: error.reason, sentence: `${where} does not hold: ${error.message.replace(/\.$/, '')}` }
      throw error
    }
  }
  return undefined
}

const logRollback = (deps: AccessLogDeps, { how }: Change): Promise<void> =>
  createRecorder(deps).record({
    kind: 'rollback',
    requestId: randomUUID(),
    outcome: 'success',
    agent: { address: 'terminal' },
    patients: [],
    details: { how },
  })
