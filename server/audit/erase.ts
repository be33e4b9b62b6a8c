import { randomUUID } from 'node:crypto'
import type { AuditEvent } from '@medplum/fhirtypes'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { canonicalJson } from './canonical-json.ts'
import { redact } from './leaf.ts'
import { takeTurn } from './sequencer.ts'

/** Entries that one transaction erases; bounds how long others wait for it. */
const BATCH = 100

/**
 * Takes a patient out of the log for good: every entry about them, and every one of what they did themselves, keeps what
 * was done and when, while names, addresses, ids and searches are replaced by digests, and the salts that could tell
 * whose they are are deleted. The digests are what the tree was made of, so every proof stays valid.
 *
 * Their entries stay together, under a name that says nothing, so that their numbers can still be checked.
 *
 * @returns how many entries were erased.
 * @throws StoreUnavailable; what was erased until then stays so, and another call goes on.
 */
export const erasePatient = async (store: Store, patient: string): Promise<number> => {
  for (let erased = 0; ; ) {
    const done = await store.write(async (trx) => {
      // Nothing gets its place, and so a number about this patient, meanwhile.
      await takeTurn(trx)
      const some = await eraseSome(trx, patient)
      if (some < BATCH) await rename(trx, patient, `erased-${randomUUID()}`)
      return some
    })
    erased += done
    if (done < BATCH) return erased
  }
}

const eraseSome = async (trx: Db, patient: string): Promise<number> => {
  const rows = await trx
    .selectFrom('audit_event')
    .select(['seq', 'json', 'salt'])
    .where((eb) => eb.or([eb('patient', '=', patient), eb('agent', '=', `Patient/${patient}`)]))
    .where('salt', 'is not', null)
    .limit(BATCH)
    .execute()
  for (const { seq, json, salt } of rows) {
    if (!salt) continue
    const redacted = redact(JSON.parse(json) as AuditEvent, salt)
    await trx
      .updateTable('audit_event')
      .set({ json: canonicalJson(redacted), salt: null, agent: null, client_id: null })
      .where('seq', '=', seq)
      .execute()
  }
  return rows.length
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
