import { randomBytes, randomUUID } from 'node:crypto'
import type { Db } from '../../store/schema.ts'
import { appendSigned, type SigningContext } from '../checkpoint/append-signed.ts'
import { type LoggedAccess, TERMINAL } from '../entry/access-event.ts'
import { commitmentOf, erasureDetails } from '../entry/erasure.ts'

/** An entry and its place in the tree. */
export interface PlacedEntry {
  readonly seq: number
  readonly index: number
}

/**
 * Logs an erasure and places it immediately, so that every reader of an erased entry can be shown its proof. The entry names no
 * patient. The transaction must hold the turn (`writeInTurn`).
 *
 * @param entries the erased entries, a hundred at most.
 */
export const logErasure = async (
  trx: Db,
  entries: readonly PlacedEntry[],
  context: SigningContext,
): Promise<void> => {
  const withNonces = entries.map(({ seq, index }) => ({ seq, index, nonce: randomBytes(16) }))
  const commitments = withNonces.map(({ nonce, index }) => commitmentOf(nonce, index))
  const erasure = await appendSigned(
    trx,
    { ...terminalErasure(), details: erasureDetails(commitments) },
    context,
  )
  await trx
    .insertInto('audit_erasure')
    .values(withNonces.map(({ seq, nonce }) => ({ seq, erasure, nonce })))
    .execute()
}

/**
 * Tells a person who can still sign in that entries about them were erased. Their list starts again at number 1, and
 * without this notice it would look as if nobody had ever read the record. The transaction must hold the turn (`writeInTurn`).
 */
export const logErasureNotice = async (trx: Db, patient: string, context: SigningContext): Promise<void> => {
  const account = await trx
    .selectFrom('account')
    .select('id')
    .where('patient', '=', patient)
    .limit(1)
    .executeTakeFirst()
  if (account) await appendSigned(trx, { ...terminalErasure(), patients: [patient] }, context)
}

const terminalErasure = (): LoggedAccess => ({
  kind: 'erasure',
  requestId: randomUUID(),
  outcome: 'success',
  agent: TERMINAL,
  patients: [],
})
