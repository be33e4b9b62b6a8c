import { sql } from 'kysely'
import type { Db } from '../../store/schema.ts'
import { Finding, nameOf } from '../entry/finding.ts'

/** Selects the entries that neither have a place nor wait for one. */
export const unplacedEntries = (db: Db) =>
  db
    .selectFrom('audit_event')
    .select(['seq', 'id'])
    .where(sql<boolean>`not exists (select 1 from audit_leaf where audit_leaf.seq = audit_event.seq)`)
    .where(sql<boolean>`not exists (select 1 from audit_queue where audit_queue.seq = audit_event.seq)`)

/**
 * Checks that the entries about each patient are numbered in order and without gaps: from 1, or, of entries from a later place on, from
 * the first of them on; and that no entry with a number has lost its patient, which an erased one does not name.
 *
 * @param range only entries at these places: from the first, and before the last.
 * @throws Finding
 */
export const verifyNumbers = async (
  db: Db,
  { from, before }: { from: number; before: number },
): Promise<void> => {
  const hidden = await db
    .selectFrom('audit_leaf')
    .innerJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
    .select(['index', 'id', 'count'])
    .where('patient', 'is', null)
    .where('count', 'is not', null)
    .where('index', '>=', from)
    .where('index', '<', before)
    .orderBy('index')
    .limit(1)
    .executeTakeFirst()
  if (hidden)
    throw new Finding(
      'edited',
      `${nameOf(hidden)} is number ${hidden.count} about a patient, but is in nobody's list.`,
    )
  const first = from === 0 ? sql.lit(1) : sql`min(${sql.ref('count')}) over (partition by patient)`
  const [wrong] = await db
    .with('numbered', (query) =>
      query
        .selectFrom('audit_leaf')
        .innerJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
        .select(['index', 'id', 'count'])
        .select(
          sql<number>`row_number() over (partition by patient order by ${sql.ref('index')}) - 1 + ${first}`.as(
            'number',
          ),
        )
        .where('patient', 'is not', null)
        .where('index', '>=', from)
        .where('index', '<', before),
    )
    .selectFrom('numbered')
    .selectAll()
    .where((eb) => eb.or([eb('count', 'is', null), eb('count', '<>', eb.ref('number'))]))
    .orderBy('index')
    .limit(1)
    .execute()
  if (!wrong) return
  const { count, number } = wrong
  if (count !== null && count > number)
    throw new Finding(
      'removed',
      `${nameOf(wrong)} is number ${count} about its patient; an earlier one is gone.`,
    )
  throw new Finding('reordered', `${nameOf(wrong)} stands where number ${number} about its patient was.`)
}

/**
 * Checks that every entry has a place or waits for one, and that each patient's last number is the stored count.
 *
 * @param from only entries that were written since the one at this place (the last one, if it has none yet), and only patients of entries
 * from this place on.
 * @returns the number of waiting entries.
 * @throws Finding
 */
export const verifyQueue = async (db: Db, from = 0): Promise<number> => {
  const strayEntry = await unplacedEntries(db)
    .$if(from > 0, (query) =>
      query.where('seq', '>', (eb) =>
        eb
          .selectFrom('audit_leaf')
          .select('audit_leaf.seq')
          .where('index', '<=', from)
          .orderBy('index', 'desc')
          .limit(1),
      ),
    )
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
  if (strayEntry)
    throw new Finding(
      'inserted',
      `AuditEvent/${strayEntry.id} (written as ${strayEntry.seq}) has no place in the log and is not waiting for one.`,
    )
  await verifyCounts(db, from)
  const { waiting } = await db
    .selectFrom('audit_queue')
    .select((eb) => eb.fn.countAll<number>().as('waiting'))
    .executeTakeFirstOrThrow()
  return Number(waiting)
}

const verifyCounts = async (db: Db, from: number): Promise<void> => {
  const miscounted = await db
    .selectFrom('audit_leaf')
    .innerJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
    .leftJoin('audit_patient', 'audit_patient.patient', 'audit_event.patient')
    .select((eb) => [eb.fn.max('index').as('index'), eb.fn.max('count').as('count')])
    .select('entries')
    .where('audit_event.patient', 'is not', null)
    .where('index', '>=', from)
    .groupBy(['audit_event.patient', 'entries'])
    .having((eb) => eb.or([eb('entries', 'is', null), eb(eb.fn.max('count'), '<>', eb.ref('entries'))]))
    .orderBy('index')
    .limit(1)
    .executeTakeFirst()
  if (miscounted)
    throw new Finding(
      'removed',
      `entry ${miscounted.index} is the last one about its patient, number ${miscounted.count}, but ${miscounted.entries ?? 'none'} were counted.`,
    )
}
