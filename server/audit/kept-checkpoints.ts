import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import {
  type Checkpoint,
  type NoteKey,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
} from './checkpoint.ts'
import { takeTurn } from './sequencer.ts'
import { MissingNode, rootAt, treeSize } from './stored-tree.ts'

/** The checkpoint that was signed last, as the database has it: its signature is not looked at. */
export const newestCheckpoint = async (db: Db): Promise<Checkpoint | undefined> => {
  const row = await db
    .selectFrom('audit_checkpoint')
    .select('note')
    .orderBy('key', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && parseCheckpoint(row.note)
}

/** The log is not what was signed: it lost entries, or has others. */
export class LogChanged extends Error {
  readonly code = 'log-changed'
  readonly how: 'shrank' | 'differs'

  constructor(how: LogChanged['how'], message: string) {
    super(message)
    this.how = how
  }
}

/**
 * Whether the log still holds what a checkpoint is over, by its nodes; `npm run audit:verify` goes by the entries.
 *
 * @throws LogChanged
 */
export const requireContained = async (db: Db, { size, root }: Checkpoint): Promise<void> => {
  const has = await treeSize(db)
  if (has < size) throw new LogChanged('shrank', `it holds ${has} entries, and ${size} were signed`)
  const now = await rootAt(db, size).catch((error: unknown) => {
    // A database that cannot be read now says nothing of the log.
    if (!(error instanceof MissingNode)) throw error
  })
  if (!now || !Buffer.from(now).equals(root))
    throw new LogChanged('differs', `its first ${size} entries are not those that were signed`)
}

interface Signing {
  readonly origin: string
  readonly key: NoteKey
  /** Milliseconds since 1970. */
  readonly now: number
  /** What was signed before, as it is known outside of the database: whoever can write there can delete what it says. */
  readonly held?: Checkpoint | undefined
  /** Of what was signed before, whatever that was: the log was set back, and that was accepted. */
  readonly instead?: boolean
}

/**
 * Signs the log as it is, unless that is signed already.
 *
 * @throws LogChanged when it is not what was signed before; nothing is signed then.
 * @throws CheckpointRefused when the newest checkpoint in the database is none that this key signed.
 */
export const signLog = (
  store: Store,
  { origin, key, now, held, instead = false }: Signing,
): Promise<Checkpoint> =>
  store.write(async (trx) => {
    await takeTurn(trx)
    const kept = instead ? undefined : await newestCheckpoint(trx)
    const before = kept && openCheckpoint(kept.note, key)
    const size = await treeSize(trx)
    for (const each of [before, held]) if (each) await requireContained(trx, each)
    if (before?.size === size && before.origin === origin) return before
    const signed = signCheckpoint({ origin, size, root: await rootAt(trx, size) }, key)
    await trx.insertInto('audit_checkpoint').values({ size, signed_at: now, note: signed.note }).execute()
    return signed
  })
