import type { Clock, Config } from '../../config.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import type { LoggedAccess } from '../entry/access-event.ts'
import { canonicalJson } from '../entry/canonical-json.ts'
import { hasherOf } from '../entry/leaf.ts'
import { type Leaf, placeEntries } from '../tree/place-entries.ts'
import { treeSize } from '../tree/stored-tree.ts'
import { entriesOf } from '../write/log.ts'
import { removeFromQueue, startSequencer, takeTurnLast } from '../write/sequencer.ts'
import { insertEntry } from '../write/write-entries.ts'
import type { NoteKey } from './checkpoint.ts'
import { timeIn } from './kept-checkpoints.ts'
import { signEvent } from './signed-entry.ts'

export interface SigningContext {
  readonly config: Config
  /** A clock and no time, because signed entries wait for the turn, and a transaction may be one of thousands. */
  readonly clock: Clock
  /** The log's key, with its private half. */
  readonly key: NoteKey
}

/**
 * Runs a transaction that holds the turn, behind all that waited for a place: a signed entry that overtook an earlier one would be dated
 * after it.
 *
 * @throws StoreUnavailable, and any error of `work`.
 */
export const writeInTurn = async <T>(store: Store, work: (trx: Db) => Promise<T>): Promise<T> => {
  await startSequencer(store, () => undefined).drain()
  return store.write(async (trx) => {
    await takeTurnLast(trx)
    return work(trx)
  })
}

/**
 * Appends an entry that the log's key signs for its place, so it gets that place immediately. The transaction must hold the turn
 * (`writeInTurn`). It is dated now, and never before what stands in front of it, unless it accepts an earlier time.
 *
 * @param access about one patient at most.
 * @returns the entry's `seq`.
 * @throws Error when the private key is missing.
 */
export const appendSigned = async (
  trx: Db,
  access: LoggedAccess,
  context: SigningContext,
): Promise<number> => {
  const { config, clock, key } = context
  const now = access.kind === 'clock' ? clock() : await timeIn(trx, clock)
  const [entry, ...more] = entriesOf(access, { config, now })
  if (!entry || more.length > 0) throw new Error('A signed entry is about one patient at most.')
  const place = await treeSize(trx)
  const event = signEvent(entry.event, place, key)
  const row = { ...entry.row, json: canonicalJson(event) }
  const seq = await insertEntry(trx, { row, event })
  const leaf: Leaf = { seq, patient: row.patient, hash: hasherOf(event, row.salt) }
  await placeEntries(trx, [leaf], place)
  await removeFromQueue(trx, [{ seq }])
  return seq
}
