import { hash as digest, randomBytes, randomUUID } from 'node:crypto'
import type { AuditEvent } from '@medplum/fhirtypes'
import { KIND_SYSTEM } from '../../../values/access-kinds.ts'
import type { Db } from '../../store/schema.ts'
import { appendSigned, type SigningContext } from '../checkpoint/append-signed.ts'
import { type LoggedAccess, TERMINAL } from '../entry/access-event.ts'

/**
 * An entry of the kind `erasure` commits to the places of the entries that lost their personal values (docs/access-log.md). Each
 * place is hidden by its own nonce, so a reader of an erased entry can verify its erasure without learning other places.
 */

/** Most places that one erasure commits to; bounds its size, and how long others wait for its transaction. */
export const MOST_ERASED = 100

const DETAIL = 'erased'

export const commitmentOf = (nonce: Uint8Array, index: number): string =>
  digest('sha256', Buffer.concat([nonce, Buffer.from(`${DETAIL}\0${index}`)]), 'base64url')

/** The details of an erasure's entry. */
const erasureDetails = (commitments: readonly string[]): Readonly<Record<string, string>> => ({
  [DETAIL]: commitments.join(' '),
})

/** Returns the commitments of an erasure, or `undefined` if the event is none. */
export const commitmentsIn = ({ subtype, entity = [] }: AuditEvent): ReadonlySet<string> | undefined => {
  if (!subtype?.some(({ system, code }) => system === KIND_SYSTEM && code === 'erasure')) return undefined
  const details = entity.flatMap(({ detail = [] }) => detail)
  return new Set(details.find(({ type }) => type === DETAIL)?.valueString?.split(' '))
}

/** An entry and its place in the tree. */
interface PlacedEntry {
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
    // Until now none of them was erased, so what is stored for one is none of Carekey's.
    .onConflict((conflict) =>
      conflict.column('seq').doUpdateSet((eb) => ({
        erasure: eb.ref('excluded.erasure'),
        nonce: eb.ref('excluded.nonce'),
      })),
    )
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
