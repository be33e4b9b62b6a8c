import { sql } from 'kysely'
import type { AuditPatientTable, Db } from '../../store/schema.ts'
import { compileRows } from '../../store/statements/compile-rows.ts'

/** A patient's newest entries in which their last number is looked for: processes commit in any order, so the newest may not have it. */
const NEWEST = 8

/**
 * Counts the entries of each patient. A count that is lower than the last number of an entry is not believed: whoever can write
 * `audit_patient` could otherwise give the next entry a number that was given already.
 *
 * @param added how many entries each gets.
 * @returns how many there were before.
 */
export const countEntries = async (
  trx: Db,
  added: ReadonlyMap<string, number>,
): Promise<Map<string, number>> => {
  const counts = new Map<string, number>()
  const rows = await addCounts(
    trx,
    [...added].map(([patient, entries]) => ({ patient, entries })),
  )
  for (const { patient, entries, newest } of rows) {
    const more = added.get(patient) ?? 0
    // A count above the last number may mean that entries were deleted, so a count is only ever raised.
    const isLost = entries - more < newest
    const before = isLost ? await correctCount(trx, patient, more) : entries - more
    counts.set(patient, before)
  }
  return counts
}

/** A larger number is none of Carekey's: the engines could not add to it, nor this program read it. */
const LARGEST = sql.lit(2 ** 50)

/** The last number of the patient of a row of `audit_patient`, by the entries themselves. */
export const lastCount = sql<number>`(select coalesce(max(audit_leaf.count), 0)
  from audit_event join audit_leaf on audit_leaf.seq = audit_event.seq where audit_event.patient = audit_patient.patient
  and audit_leaf.count between 0 and ${LARGEST})`

const correctCount = async (trx: Db, patient: string, more: number): Promise<number> => {
  const { entries } = await trx
    .updateTable('audit_patient')
    .set({ entries: sql`${lastCount} + ${more}` })
    .where('patient', '=', patient)
    .returning('entries')
    .executeTakeFirstOrThrow()
  return entries - more
}

/**
 * Looks at no entry that was written after the last one with a place: thousands may wait. It compares a subquery, because the planner
 * could turn a join into a scan of all entries of the patient.
 */
const newestCount = sql<number>`(select coalesce(max(newest.count), 0) from (select placed.count from (select
  (select audit_leaf.count from audit_leaf where audit_leaf.seq = audit_event.seq
    and audit_leaf.count between 0 and ${LARGEST}) as count, audit_event.seq
  from audit_event where audit_event.patient = audit_patient.patient
  and audit_event.seq <= (select max(last.seq) from audit_leaf as last)) as placed
  where placed.count is not null order by placed.seq desc limit ${sql.lit(NEWEST)}) as newest)`

const addCounts = compileRows((trx, rows: readonly AuditPatientTable[]) =>
  trx
    .insertInto('audit_patient')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('patient').doUpdateSet({
        entries: sql`case when audit_patient.entries between 0 and ${LARGEST} then audit_patient.entries else 0 end + excluded.entries`,
      }),
    )
    .returning(['patient', 'entries', newestCount.as('newest')]),
)
