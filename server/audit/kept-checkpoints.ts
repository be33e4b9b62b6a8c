import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { type Checkpoint, type NoteKey, parseCheckpoint, signCheckpoint } from './checkpoint.ts'
import { takeTurn } from './sequencer.ts'
import { rootAt, treeSize } from './stored-tree.ts'

/** The checkpoint that was signed last. */
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
  const now = await rootAt(db, size).catch(() => undefined)
  if (!now || !Buffer.from(now).equals(root))
    throw new LogChanged('differs', `its first ${size} entries are not those that were signed`)
}

/**
 * Signs the log as it is, unless that is signed already.
 *
 * @param instead of what was signed before, whatever that was: the log was set back, and that was accepted.
 * @throws LogChanged when it is not what was signed before; nothing is signed then.
 */
export const signLog = (
  store: Store,
  { origin, key, now, instead = false }: { origin: string; key: NoteKey; now: number; instead?: boolean },
): Promise<Checkpoint> =>
  store.write(async (trx) => {
    await takeTurn(trx)
    const before = instead ? undefined : await newestCheckpoint(trx)
    const size = await treeSize(trx)
    if (before?.size === size && before.origin === origin) return before
    if (before) await requireContained(trx, before)
    const signed = signCheckpoint({ origin, size, root: await rootAt(trx, size) }, key)
    await trx.insertInto('audit_checkpoint').values({ size, signed_at: now, note: signed.note }).execute()
    return signed
  })
