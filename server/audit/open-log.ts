import { randomUUID } from 'node:crypto'
import type { Clock } from '../config.ts'
import { PrivateFileRefused } from '../files/private-file.ts'
import { type Store, StoreUnavailable } from '../store/store.ts'
import { appendSigned, type SigningContext, writeInTurn } from './checkpoint/append-signed.ts'
import {
  type Checkpoint,
  CheckpointRefused,
  openCheckpoint,
  originOf,
  verifierKey,
} from './checkpoint/checkpoint.ts'
import { LogChanged, newestKey, newestNote, signLog } from './checkpoint/kept-checkpoints.ts'
import { NOTHING, pinCheckpoint, storeChecked } from './checkpoint/log-key.ts'
import { Finding } from './entry/finding.ts'
import type { LogDifference, OpenedKey } from './open-log-key.ts'
import { forgetTree } from './tree/place-entries.ts'
import { checkWritten } from './verify/check-written.ts'
import { DIFFERENCE, LAST_CHECKPOINT } from './verify/verify-checkpoints.ts'
import { removeStrayRows } from './verify/verify-rows.ts'
import { type LogWatch, watchLog } from './verify/watch-log.ts'
import { gatherRefusals } from './write/gather-refusals.ts'
import type { ServerDeps } from './write/recorder.ts'
import { startSequencer } from './write/sequencer.ts'
import { rememberUnplaced, type WrittenEntry } from './write/written-entries.ts'

interface AccessLogDeps extends ServerDeps {
  /** Milliseconds that only grow. */
  readonly elapsed?: Clock
  readonly key: OpenedKey
  /** Called with the first fault of the log, as a sentence. From then on nothing is signed. */
  readonly onFinding: (sentence: string) => void
  /** Called with a sentence when a check of the log is overdue, or entries wait too long for a place or a signature, which may pass. */
  readonly onDelay: (sentence: string) => void
  /** Called with each error outside of a request; the work is then tried again. */
  readonly onFault: (error: unknown) => void
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
  /** Returns why the log is not as it was signed, as a sentence; `undefined` if it was at the last check. */
  fault(): string | undefined
  /** Returns why the key does not sign, or its checkpoint cannot be stored beside it, as a sentence. */
  keyFault(): string | undefined
  /** Returns that the log was not checked, or entries not placed or signed, for too long, as a sentence. */
  delay(): string | undefined
  /** Signs a last time. Entries that still wait for a place get one after the next start. */
  close(): Promise<void>
}

/** In milliseconds. */
const SIGN_INTERVAL = 5_000
/** How long an entry may wait until it is signed, in milliseconds. Whoever holds a lock of the database can make it wait. */
const LONGEST_UNSIGNED = 45_000
/** Batches placed before each signing. The rest of a longer backlog waits for the next round. */
const MOST_BATCHES = 40
/** How long a stop places entries, in milliseconds. The rest waits for the next start, because a stop has half a second to sign (`main.ts`). */
const LAST_PLACING = 200
/** Batches that a start waits for. A killed process rarely leaves more behind. */
const MOST_BATCHES_AT_START = 10

/** Opens the access log: places what waits, and signs. @throws StoreUnavailable, LogChanged */
export const openAccessLog = async ({
  config,
  store,
  clock,
  elapsed = () => performance.now(),
  key: opened,
  onFinding,
  onDelay,
  onFault,
}: AccessLogDeps): Promise<AccessLog> => {
  const { key, file, difference, pinned } = opened
  const origin = originOf(config.publicUrl)
  // From here on it remembers what it wrote and placed; what was before is known by its signature.
  const unplaced = await store.write(async (trx) => {
    forgetTree(trx)
    return rememberUnplaced(trx, elapsed)
  })
  const sequencer = startSequencer(store, onFault)

  /** Signs one at a time, because an older checkpoint must not replace a newer one beside the key. */
  let signing: Promise<unknown> = Promise.resolve()
  const sign = (afterRollback = false): Promise<Checkpoint> => {
    const nextSigning = signing.then(() => signSoundly(afterRollback))
    signing = nextSigning.catch(() => undefined)
    return nextSigning
  }
  /**
   * Callers who wait for the same run share it: it places what waits when it begins, which is after they asked. So there is at most
   * one more in the queue than the checkpoint every few seconds, however many ask.
   */
  let nextRun: Promise<Checkpoint> | undefined
  let lastRun: Promise<unknown> = Promise.resolve()
  const placeAndSign = (): Promise<Checkpoint> => {
    if (nextRun) return nextRun
    const run = lastRun.then(async () => {
      nextRun = undefined
      await sequencer.drain()
      return sign()
    })
    nextRun = run
    lastRun = run.catch(() => undefined)
    return run
  }
  /** What a check of the entries found. It stays until the next start. */
  let found: string | undefined
  /** How the log's hashes differ from what was signed, at the last attempt to sign. */
  let changed: string | undefined
  let keyFault: string | undefined
  let watch: LogWatch | undefined
  const stopSigning = (fault: string) => {
    if (found !== undefined) return
    found = fault
    unplaced.end()
    void watch?.close()
    onFinding(fault)
  }
  /**
   * Only a signature of this process shows that the log is sound again, not one that it finds in the database, and not one that it began
   * before the fault was found.
   */
  const signSoundly = async (afterRollback: boolean): Promise<Checkpoint> => {
    const [changedBefore, keyFaultBefore] = [changed, keyFault]
    const [began, written] = [elapsed(), unplaced.list()]
    const checkpoint = await trackFaults(() => signAndPin(afterRollback))
    // Afterwards, because what is compared must not be changed before it is signed.
    await compareWritten(written, checkpoint.size)
    if (changed === changedBefore) changed = undefined
    if (keyFault === keyFaultBefore) keyFault = undefined
    signedUntil = Math.min(began, unplaced.oldest)
    return checkpoint
  }
  /** Everything that this process wrote before this time is signed. */
  let signedUntil = elapsed()
  const compareWritten = async (written: readonly WrittenEntry[], size: number): Promise<void> => {
    try {
      await checkWritten(store.db, unplaced, { written, size })
    } catch (error) {
      if (!(error instanceof Finding)) throw error
      // Signing ends even if the file cannot be written.
      await storeChecked(file, key, NOTHING).catch(onFault)
      stopSigning(error.message)
      throw new LogChanged('not-verified', error.message)
    }
  }
  const delay = (): string | undefined => {
    const overdue = watch?.overdue()
    if (overdue !== undefined) return overdue
    const waited = elapsed() - signedUntil
    if (waited <= LONGEST_UNSIGNED) return undefined
    return `Entries of the access log have waited for their place or their signature for ${Math.round(waited / 1000)} seconds. Until then they could be changed unnoticed.`
  }
  let isLate = false
  const reportDelay = () => {
    const sentence = delay()
    if (sentence !== undefined && !isLate) onDelay(sentence)
    isLate = sentence !== undefined
  }
  const fault = () => found ?? changed
  /** Helps to place what this process remembers, before it writes more than that. @throws StoreUnavailable */
  const makeRoom = async (): Promise<void> => {
    // One batch is as much as one answer adds. Placing all ten thousand takes so long that the reader would have gone.
    if (fault() === undefined) await sequencer.drain(1)
    if (!unplaced.isFull) return
    if (fault() === undefined)
      await placeAndSign().catch((error: unknown) => {
        if (!(error instanceof LogChanged || error instanceof CheckpointRefused)) throw error
      })
    // The log is known to be changed. Requests are still answered.
    const known = fault()
    if (known === undefined) unplaced.requireRoom()
    else stopSigning(known)
  }
  const trackFaults = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (error instanceof LogChanged || error instanceof CheckpointRefused) changed = error.message
      else if (error instanceof PrivateFileRefused)
        keyFault = `The checkpoint cannot be stored beside the log's key. ${error.message}`
      else if (!(error instanceof StoreUnavailable))
        keyFault = `The checkpoint cannot be signed and stored at ${file}.`
      throw error
    }
  }
  const signAndPin = async (afterRollback: boolean): Promise<Checkpoint> => {
    if (found !== undefined) throw new LogChanged('not-verified', found)
    watch?.requireChecked()
    const checkpoint = await signLog(store, {
      origin,
      key,
      clock,
      outsideCheckpoint: newestSigned,
      afterRollback,
    })
    // It counts even if it cannot be stored beside the key.
    newestSigned = checkpoint
    if (afterRollback || checkpoint.note !== pinnedNote)
      await pinCheckpoint(file, checkpoint.note, afterRollback)
    newestDurable = checkpoint
    pinnedNote = checkpoint.note
    return checkpoint
  }
  /** The newest checkpoint that is known to be on disk. */
  let newestDurable: Checkpoint | undefined
  /** The newest checkpoint that this process signed or found beside the key. An attacker cannot delete it from memory. */
  let newestSigned = pinned
  /** The checkpoint that this process stored beside the key. */
  let pinnedNote: string | undefined

  /** Whoever can write the database can keep the newest checkpoints out of it. */
  const requireNewest = (note: string, signed: Checkpoint | undefined): Checkpoint => {
    const stored = openCheckpoint(note, key)
    if (signed && stored.size < signed.size)
      throw new LogChanged('not-verified', 'The newest checkpoints are no longer in the database.')
    return stored
  }

  const checkpoint = async (): Promise<Checkpoint> => {
    const newest = await newestNote(store.db)
    if (newestDurable && newest === newestDurable.note) return newestDurable
    const signed = newestSigned
    // Another process signed the newest one, or it is not on disk yet. If it were published and then lost, that would look like a rollback.
    const stored = await store.write(newestNote)
    newestDurable =
      stored === undefined ? await sign() : await trackFaults(async () => requireNewest(stored, signed))
    return newestDurable
  }

  if (difference) await logRollback(store, difference, { config, clock, key })
  const gather = (includeCurrent = false) =>
    gatherRefusals(store, { clock, config, includeCurrent }).catch(onFault)
  await gather()
  await sequencer.drain(MOST_BATCHES_AT_START)
  if (opened.fault !== undefined) stopSigning(opened.fault)
  else {
    const signed = await sign(difference !== undefined)
    // What the operator accepted is not looked for again.
    if (difference) await storeChecked(file, key, signed)
  }
  if (found === undefined)
    watch = watchLog({
      ...{ store, key, file, isRead: opened.isRead, newestSigned: () => newestSigned },
      ...{ elapsed, onFinding: stopSigning, onFault },
    })
  // The server already answers while the rest of a backlog is placed.
  sequencer.wake()
  let round: Promise<unknown> | undefined
  const timer = setInterval(() => {
    // A round that does not end is told as well.
    if (round) reportDelay()
    round ??= gather()
      .then(() => sequencer.drain(MOST_BATCHES))
      .then(() => (found === undefined ? sign() : undefined))
      .catch(onFault)
      .finally(() => {
        round = undefined
        reportDelay()
      })
  }, SIGN_INTERVAL).unref()

  return {
    origin,
    verifierKey: verifierKey(origin, key),
    store: {
      ...store,
      write: async (work) => {
        if (unplaced.isFull) await makeRoom()
        const result = await store.write(work)
        sequencer.wake()
        return result
      },
      writeLast: async (addRows) => {
        if (unplaced.isFull) await makeRoom()
        await store.writeLast(addRows)
        sequencer.wake()
      },
    },
    checkpoint,
    fault,
    delay,
    keyFault: () => keyFault,
    sign: placeAndSign,
    close: async () => {
      clearInterval(timer)
      const late = setTimeout(() => sequencer.stop(), LAST_PLACING)
      await watch?.close()
      await round
      await gather(true)
      await sequencer.drain().catch(onFault)
      clearTimeout(late)
      await sequencer.stop()
      if (found === undefined) await sign().catch(onFault)
    },
  }
}

const logRollback = (store: Store, { how }: LogDifference, context: SigningContext): Promise<unknown> =>
  writeInTurn(store, async (trx) => {
    await removeStrayRows(trx)
    const last = await newestKey(trx)
    return appendSigned(
      trx,
      {
        kind: 'rollback',
        requestId: randomUUID(),
        outcome: 'success',
        agent: { address: 'terminal' },
        patients: [],
        details: { [DIFFERENCE]: how, [LAST_CHECKPOINT]: String(last) },
      },
      context,
    )
  })
