import type { Clock } from '../../config.ts'
import type { Db } from '../../store/schema.ts'
import { findSetting } from '../../store/settings.ts'
import { LATEST_TIME } from '../../store/statements/latest-time.ts'
import type { Store } from '../../store/store.ts'
import { placedTree } from '../tree/place-entries.ts'
import { containsTree, rootAt, treeSize } from '../tree/stored-tree.ts'
import { takeTurn } from '../write/sequencer.ts'
import { type Checkpoint, type NoteKey, openCheckpoint, signCheckpoint } from './checkpoint.ts'

/** Returns the latest time in the database, or 0 if there is none. */
export const latestTime = async (db: Db): Promise<number> => {
  const entry = await db
    .selectFrom('audit_event')
    .select('recorded')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  // Whoever can write the database can store something that is not a time.
  return Math.max(entry?.recorded ?? 0, Number(await findSetting(db, LATEST_TIME)) || 0)
}

/**
 * Returns the time, never earlier than the latest in the database (docs/decisions/0036). Call it in the transaction that dates something by
 * it, after everything that the transaction waits for: a time from before the wait would be too early.
 */
export const timeIn = async (trx: Db, clock: Clock): Promise<number> =>
  Math.max(clock(), await latestTime(trx))

/** Returns the note of the newest checkpoint in the database, which may be anything. */
export const newestNote = async (db: Db): Promise<string | undefined> => {
  const row = await db
    .selectFrom('audit_checkpoint')
    .select('note')
    .orderBy('key', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.note
}

/** Returns the number of the newest checkpoint in the database; 0 if there is none. */
export const newestKey = async (db: Db): Promise<number> => {
  const { key } = await db
    .selectFrom('audit_checkpoint')
    .select((eb) => eb.fn.max('key').as('key'))
    .executeTakeFirstOrThrow()
  return key ?? 0
}

/** The log is not the one that was signed: entries are missing or differ. */
export class LogChanged extends Error {
  readonly code = 'log-changed'
  readonly how: 'shrank' | 'differs' | 'not-verified'

  constructor(how: LogChanged['how'], message: string) {
    super(message)
    this.how = how
  }
}

/**
 * Checks that the log still begins with the entries of a checkpoint. It reads only the stored nodes; `npm run audit:verify` checks
 * the entries themselves.
 *
 * @throws LogChanged
 */
export const requireContained = (db: Db, checkpoint: Checkpoint): Promise<void> =>
  requireTree(db, checkpoint, 'signed')

const requireTree = async (
  db: Db,
  tree: Pick<Checkpoint, 'size' | 'root'>,
  what: 'signed' | 'written',
): Promise<void> => {
  const { size } = tree
  const currentSize = await treeSize(db)
  if (currentSize < size)
    throw new LogChanged('shrank', `it holds ${currentSize} entries, but ${size} were ${what}`)
  if (!(await containsTree(db, tree)))
    throw new LogChanged('differs', `its first ${size} entries are not the ones that were ${what}`)
}

/** Requires the entries that this process placed, also those that nobody signed yet. @throws LogChanged */
const requirePlaced = async (db: Db): Promise<void> => {
  const placed = placedTree(db)
  if (placed === 'lost')
    throw new LogChanged(
      'differs',
      'entries that this server had written were not there when it wrote others',
    )
  if (placed) await requireTree(db, placed, 'written')
}

interface SignOptions {
  readonly origin: string
  readonly key: NoteKey
  readonly clock: Clock
  /** The newest checkpoint known from outside the database. An attacker who can write there could delete those in it. */
  readonly outsideCheckpoint?: Checkpoint | undefined
  /** Ignores the checkpoints in the database: the log was set back, and the operator accepted that. */
  readonly afterRollback?: boolean
}

/**
 * Signs the current log, unless it is signed already.
 *
 * @throws LogChanged when the log is not the one that was signed before; nothing is signed then.
 * @throws CheckpointRefused when this key did not sign the newest checkpoint in the database.
 */
export const signLog = (
  store: Store,
  { origin, key, clock, outsideCheckpoint, afterRollback = false }: SignOptions,
): Promise<Checkpoint> =>
  store.write(async (trx) => {
    await takeTurn(trx)
    const newest = afterRollback ? undefined : await newestNote(trx)
    const before = newest === undefined ? undefined : openCheckpoint(newest, key)
    const size = await treeSize(trx)
    for (const checkpoint of [before, outsideCheckpoint])
      if (checkpoint) await requireContained(trx, checkpoint)
    await requirePlaced(trx)
    if (before?.size === size && before.origin === origin) return before
    const signed = signCheckpoint({ origin, size, root: await rootAt(trx, size) }, key)
    const signed_at = await timeIn(trx, clock)
    await trx.insertInto('audit_checkpoint').values({ size, signed_at, note: signed.note }).execute()
    return signed
  })
