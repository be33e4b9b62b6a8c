import { randomUUID } from 'node:crypto'
import type { ExpressionBuilder } from 'kysely'
import type { Database, Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { SigningContext } from './append-signed.ts'
import { canonicalJson } from './canonical-json.ts'
import { MOST_ERASED } from './erasure.ts'
import { redact } from './leaf.ts'
import { logErasure, logErasureNotice } from './log-erasure.ts'
import { startSequencer, takeTurn } from './sequencer.ts'
import { openEvent } from './stored-event.ts'

/**
 * Erases a patient from the log for good, in every entry about them or about what they did. What was done and when remains.
 * Digests replace names, addresses, ids and searches, and the salts that could link a digest to a person are deleted. The tree was
 * built from those digests, so every proof stays valid. Erasures in the log commit to the places of these entries; an entry with
 * digests that no erasure commits to is a forgery.
 *
 * The entries stay together under a random name, so that their numbers can still be checked. If the person has an account, their
 * own log starts again at number 1.
 *
 * @returns how many entries were erased.
 * @throws StoreUnavailable; entries erased before stay erased, and another call continues.
 */
export const erasePatient = async (
  store: Store,
  patient: string,
  context: SigningContext,
): Promise<number> => {
  // An erasure can only commit to entries that have a place.
  await startSequencer(store, () => undefined).drain()
  for (let erasedCount = 0; ; ) {
    const count = await store.write(async (trx) => {
      // While this transaction holds the turn, no other entry gets a place, and none gets a number about this patient.
      await takeTurn(trx)
      const entries = await erasableEntries(trx, patient)
      // Only the notice of an earlier erasure is left.
      if (erasedCount === 0 && entries.every(({ subtype }) => subtype === 'erasure')) return 0
      await eraseEntries(trx, entries, context)
      if (entries.length < MOST_ERASED) {
        await renamePatient(trx, patient, `erased-${randomUUID()}`)
        await logErasureNotice(trx, patient, context)
      }
      return entries.length
    })
    erasedCount += count
    if (count < MOST_ERASED) return erasedCount
  }
}

/** What an erasure would take away. Times are milliseconds since 1970. */
export interface Erasable {
  readonly entries: number
  readonly first: number
  readonly last: number
}

/** Counts the entries that `erasePatient` would erase; `undefined` if there are none but the notice of an earlier erasure. */
export const findErasable = async (db: Db, patient: string): Promise<Erasable | undefined> => {
  const { entries, others, first, last } = await db
    .selectFrom('audit_event')
    .where((eb) => isOfPatient(eb, patient))
    .where('salt', 'is not', null)
    .select(({ fn }) => [
      fn.countAll<number>().as('entries'),
      fn.countAll<number>().filterWhere('subtype', '<>', 'erasure').as('others'),
      fn.min('recorded').as('first'),
      fn.max('recorded').as('last'),
    ])
    .executeTakeFirstOrThrow()
  return Number(others) === 0 ? undefined : { entries: Number(entries), first, last }
}

interface ErasableEntry {
  readonly seq: number
  readonly index: number
  readonly subtype: string
  readonly json: string
  readonly salt: Uint8Array | null
}

const erasableEntries = (trx: Db, patient: string): Promise<ErasableEntry[]> =>
  trx
    .selectFrom('audit_event')
    .innerJoin('audit_leaf', 'audit_leaf.seq', 'audit_event.seq')
    .select(['audit_event.seq', 'index', 'subtype', 'json', 'salt'])
    .where((eb) => isOfPatient(eb, patient))
    .where('salt', 'is not', null)
    .limit(MOST_ERASED)
    .execute()

/** Whether an entry is about a patient, or about what the patient did. */
const isOfPatient = (eb: ExpressionBuilder<Database, 'audit_event'>, patient: string) =>
  eb.or([eb('audit_event.patient', '=', patient), eb('audit_event.agent', '=', `Patient/${patient}`)])

const eraseEntries = async (
  trx: Db,
  entries: readonly ErasableEntry[],
  context: SigningContext,
): Promise<void> => {
  if (entries.length === 0) return
  await logErasure(trx, entries, context)
  for (const { seq, json, salt } of entries) {
    if (!salt) continue
    const redacted = redact(openEvent(json), salt)
    await trx
      .updateTable('audit_event')
      .set({ json: canonicalJson(redacted), salt: null, agent: null, client_id: null })
      .where('seq', '=', seq)
      .execute()
  }
}

/** Moves the erased entries to a new patient id, so that later entries about the patient are numbered from 1 again. */
const renamePatient = async (trx: Db, patient: string, newName: string): Promise<void> => {
  await trx
    .updateTable('audit_event')
    .set({ patient: newName })
    .where('patient', '=', patient)
    .where('salt', 'is', null)
    .execute()
  await trx.updateTable('audit_patient').set({ patient: newName }).where('patient', '=', patient).execute()
}
