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
  /** Told what fails between requests; what failed is tried again. */
  readonly onFault: (error: unknown) => void
}

export interface LogKeyOptions {
  /** The key that signs checkpoints. It is made where there is none; the newest checkpoint lies beside it. */
  readonly file: string
  /** Start over a log that is not what was signed, and say so in it. */
  readonly acceptRollback?: boolean
}

/** The access log of an organization while it runs. */
export interface AccessLog {
  readonly origin: string
  /** As C2SP signed-note has it. */
  readonly verifierKey: string
  /** The store, where whatever is written soon has its place in the tree. */
  readonly store: Store
  /** The newest checkpoint, a few seconds old at most. */
  checkpoint(): Promise<Checkpoint>
  /** Places what waits now, however much, and signs. @throws LogChanged */
  sign(): Promise<Checkpoint>
  /** Whether it was what had been signed, when that was last looked at. */
  isSound(): boolean
  /** Signs a last time. What still waits then is placed after the next start. */
  close(): Promise<void>
}

/** A log that has grown is signed so often, in milliseconds. */
const EVERY = 5_000
/** Batches that are placed before signing, and at shutdown: what is left of a long backlog waits, for the next start too. */
const BATCHES = 100
/** Batches that a start waits for: what a killed process left behind is rarely more. */
const AT_START = 10

/**
 * Opens the access log: nothing is answered over one that is not what was signed.
 *
 * @throws LogRefused with a sentence for the person at the terminal.
 */
export const openAccessLog = async (deps: AccessLogDeps): Promise<AccessLog> => {
  const { config, store, clock, logKey, onFault } = deps
  const origin = originOf(config.publicUrl)
  const { key, change, pinned: known } = await openKey(deps)
  const sequencer = startSequencer(store, onFault)

  /** Signs what has its place. One at a time, so that an older checkpoint never replaces a newer one beside the key. */
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
  /** The newest one that is known to be on disk, … */
  let durable: Checkpoint | undefined
  /** … the one that this process signed or found beside the key, which nobody takes from it, … */
  let held = known
  /** … and the one that this process laid beside the key. */
  let pinned: string | undefined

  const checkpoint = async (): Promise<Checkpoint> => {
    const newest = await newestCheckpoint(store.db)
    if (durable && newest?.note === durable.note) return durable
    // Another process signed it, or it is not on disk yet. Whoever has seen it would take its loss for a rollback.
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
  // The rest of a backlog is placed while the server answers already.
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

/** How the log is not what was signed. */
interface Change {
  readonly how: LogChanged['how'] | CheckpointRefused['reason'] | 'no-key'
  readonly sentence: string
}

interface OpenedKey {
  readonly key: NoteKey
  /** What is wrong with the log, where that was accepted. */
  readonly change: Change | undefined
  /** The checkpoint beside the key, where nothing is wrong. */
  readonly pinned: Checkpoint | undefined
}

/** @throws LogRefused */
const openKey = async (deps: AccessLogDeps): Promise<OpenedKey> => {
  const { store, logKey } = deps
  // In this order: a process that starts at the same moment makes the key before it signs.
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
