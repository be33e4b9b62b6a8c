import { randomUUID } from 'node:crypto'
import type { AuditEvent } from '@medplum/fhirtypes'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { canonicalJson } from './canonical-json.ts'
import { MOST_ERASED } from './erasure.ts'
import { redact } from './leaf.ts'
import type { LogContext } from './log.ts'
import { logErasure, logErasureNotice } from './log-erasure.ts'
import { startSequencer, takeTurn } from './sequencer.ts'

/**
 * Takes a patient out of the log for good: every entry about them, and every one of what they did themselves, keeps what
 * was done and when, while names, addresses, ids and searches are replaced by digests, and the salts that could tell
 * whose they are are deleted. The digests are what the tree was made of, so every proof stays valid. Erasures in the log
 * itself commit to the places of these entries: digests that no erasure commits to were put there by somebody else.
 *
 * Their entries stay together, under a name that says nothing, so that their numbers can still be checked. A person who
 * has an account finds in their own log that it begins anew.
 *
 * @returns how many entries were erased.
 * @throws StoreUnavailable; what was erased until then stays so, and another call goes on.
 */
export const erasePatient = async (store: Store, patient: string, context: LogContext): Promise<number> => {
  // Only an entry that has its place can be committed to.
  await startSequencer(store, () => undefined).drain()
  for (let erased = 0; ; ) {
    const done = await store.write(async (trx) => {
      // Nothing gets its place, and so a number about this patient, meanwhile.
      await takeTurn(trx)
      const some = await erasableEntries(trx, patient)
      // What is left of an earlier erasure is its notice.
      if (erased === 0 && some.every(({ subtype }) => subtype === 'erasure')) return 0
      await eraseEntries(trx, some, context)
      if (some.length < MOST_ERASED) {
        await rename(trx, patient, `erased-${randomUUID()}`)
        await logErasureNotice(trx, patient, context)
      }
      return some.length
    })
    erased += done
    if (done < MOST_ERASED) return erased
  }
}

interface Erasable {
  readonly seq: number
  readonly index: number
  readonly subtype: string
  readonly json: string
  readonly salt: Uint8Array | null
}

const erasableEntries = (trx: Db, patient: string): Promise<Erasable[]> =>
  trx
    .selectFrom('audit_event')
    .innerJoin('audit_leaf', 'audit_leaf.seq', 'audit_event.seq')
    .select(['audit_event.seq', 'index', 'subtype', 'json', 'salt'])
    .where((eb) => eb.or([eb('patient', '=', patient), eb('agent', '=', `Patient/${patient}`)]))
    .where('salt', 'is not', null)
    .limit(MOST_ERASED)
    .execute()

const eraseEntries = async (trx: Db, entries: readonly Erasable[], context: LogContext): Promise<void> => {
  if (entries.length === 0) return
  await logErasure(trx, entries, context)
  for (const { seq, json, salt } of entries) {
    if (!salt) continue
    const redacted = redact(JSON.parse(json) as AuditEvent, salt)
    await trx
      .updateTable('audit_event')
      .set({ json: canonicalJson(redacted), salt: null, agent: null, client_id: null })
      .where('seq', '=', seq)
      .execute()
  }
}

/** What is written about the patient from now on is numbered anew. */
const rename = async (trx: Db, patient: string, instead: string): Promise<void> => {
  await trx
    .updateTable('audit_event')
    .set({ patient: instead })
    .where('patient', '=', patient)
    .where('salt', 'is', null)
    .execute()
  await trx.updateTable('audit_patient').set({ patient: instead }).where('patient', '=', patient).execute()
}
