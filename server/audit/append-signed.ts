import type { Db } from '../store/schema.ts'
import type { Access } from './access.ts'
import { canonicalJson } from './canonical-json.ts'
import type { NoteKey } from './checkpoint.ts'
import { hashOfEvent } from './leaf.ts'
import { entriesOf, type LogContext } from './log.ts'
import { type Leaf, placeEntries } from './place-entries.ts'
import { removeFromQueue } from './sequencer.ts'
import { signEvent } from './signed-entry.ts'
import { treeSize } from './stored-tree.ts'
import { insertEntry } from './write-entries.ts'

export interface SigningContext extends LogContext {
  /** The log's key, with its private half. */
  readonly key: NoteKey
}

/**
 * Appends an entry that the log's key signs for its place, so it gets that place immediately. The transaction must hold the turn
 * (`takeTurn`).
 *
 * @param access about one patient at most.
 * @returns the entry's `seq`.
 * @throws Error when the private key is missing.
 */
export const appendSigned = async (trx: Db, access: Access, context: SigningContext): Promise<number> => {
  const [entry, ...more] = entriesOf(access, context)
  if (!entry || more.length > 0) throw new Error('A signed entry is about one patient at most.')
  const place = await treeSize(trx)
  const event = signEvent(entry.event, place, context.key)
  const row = { ...entry.row, json: canonicalJson(event) }
  const seq = await insertEntry(trx, { row, event })
  const leaf: Leaf = { seq, patient: row.patient, hash: (count) => hashOfEvent(event, row.salt, count) }
  await placeEntries(trx, [leaf], place)
  await removeFromQueue(trx, [{ seq }])
  return seq
}
