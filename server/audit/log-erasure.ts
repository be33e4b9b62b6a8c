import { randomBytes, randomUUID } from 'node:crypto'
import { endOf } from '../store/last-writes.ts'
import type { Db } from '../store/schema.ts'
import { type Access, TERMINAL } from './access.ts'
import { commitmentOf, erasureDetails } from './erasure.ts'
import { hashOfEvent } from './leaf.ts'
import { appendAccess, entriesOf, type LogContext } from './log.ts'
import { type Leaf, placeEntries } from './place-entries.ts'
import { removeFromQueue } from './sequencer.ts'
import { treeSize } from './stored-tree.ts'
import { insertEntry } from './write-entries.ts'

/** An entry and its place in the tree. */
export interface PlacedEntry {
  readonly seq: number
  readonly index: number
}

/**
 * Logs an erasure and places it immediately, so that every reader of an erased entry can be shown its proof. The entry names no
 * patient. The transaction must hold the turn (`takeTurn`).
 *
 * @param entries the erased entries, a hundred at most.
 */
export const logErasure = async (
  trx: Db,
  entries: readonly PlacedEntry[],
  { confirmed = false, ...context }: LogContext & { confirmed?: boolean },
): Promise<void> => {
  const withNonces = entries.map(({ seq, index }) => ({ seq, index, nonce: randomBytes(16) }))
  const commitments = withNonces.map(({ nonce, index }) => commitmentOf(nonce, index))
  const details = erasureDetails(commitments, { confirmed })
  for (const erasure of entriesOf({ ...terminalErasure(), details }, context)) {
    const { event, row } = erasure
    const erasureSeq = await insertEntry(trx, erasure)
    const leaf: Leaf = {
      seq: erasureSeq,
      patient: null,
      hash: (count) => hashOfEvent(event, row.salt, count),
    }
    await placeEntries(trx, [leaf], await treeSize(trx))
    await removeFromQueue(trx, [{ seq: erasureSeq }])
    await trx
      .insertInto('audit_erasure')
      .values(withNonces.map(({ seq, nonce }) => ({ seq, erasure: erasureSeq, nonce })))
      .execute()
  }
}

/**
 * Tells a person who can still sign in that entries about them were erased. Their list starts again at number 1, and
 * without this notice it would look as if nobody had ever read the record.
 */
export const logErasureNotice = async (trx: Db, patient: string, context: LogContext): Promise<void> => {
  const account = await trx
    .selectFrom('account')
    .select('id')
    .where('patient', '=', patient)
    .limit(1)
    .executeTakeFirst()
  if (account) appendAccess(endOf(trx), { ...terminalErasure(), patients: [patient] }, context)
}

const terminalErasure = (): Access => ({
  kind: 'erasure',
  requestId: randomUUID(),
  outcome: 'success',
  agent: TERMINAL,
  patients: [],
})
