import { sql } from 'kysely'
import type { Db } from '../store/schema.ts'
import { Finding, nameOf } from './finding.ts'

/** Entries that neither have a place nor wait for one. */
export const unplaced = (db: Db) =>
  db
    .selectFrom('audit_event')
    .select(['seq', 'id'])
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('audit_leaf')
            .select('audit_leaf.seq')
            .whereRef('audit_leaf.seq', '=', 'audit_event.seq'),
        ),
      ),
    )
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('audit_queue')
            .select('audit_queue.seq')
            .whereRef('audit_queue.seq', '=', 'audit_event.seq'),
        ),
      ),
    )

/**
 * Checks that the entries about each patient are numbered from 1, in order and without gaps.
 *
 * @param before checks only entries at lower places.
 * @throws Finding
 */
export const verifyCounts = async (db: Db, before: number): Promise<void> => {
  const [wrong] = await db
    .with('numbered', (query) =>
      query
        .selectFrom('audit_leaf')
        .innerJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
        .select(['index', 'id', 'count'])
        .select(
          sql<number>`row_number() over (partition by patient order by ${sql.ref('index')})`.as('number'),
        )
        .where('patient', 'is not', null)
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
      `${nameOf(wrong)} is number ${count} about its patient; one before it is gone.`,
    )
  throw new Finding('reordered', `${nameOf(wrong)} stands where number ${number} about its patient was.`)
}

/**
 * Checks that every entry has a place or waits for one, that every waiting entry exists, and that each patient's last number is
 * their count.
 *
 * @returns how many wait.
 * @throws Finding
 */
export const requireNothingBeside = async (db: Db): Promise<number> => {
  const stranger = await unplaced(db).orderBy('seq').limit(1).executeTakeFirst()
  if (stranger)
    throw new Finding(
      'inserted',
      `AuditEvent/${stranger.id} (written as ${stranger.seq}) has no place in the log and waits for none.`,
    )
  const lost = await db
    .selectFrom('audit_queue')
    .select('seq')
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('audit_event')
            .select('audit_event.seq')
            .whereRef('audit_event.seq', '=', 'audit_queue.seq'),
        ),
      ),
    )
    .limit(1)
    .executeTakeFirst()
  if (lost) throw new Finding('removed', `the entry written as ${lost.seq} is gone; it waited for its place.`)
  const miscounted = await db
    .selectFrom('audit_leaf')
    .innerJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
    .innerJoin('audit_patient', 'audit_patient.patient', 'audit_event.patient')
    .select((eb) => [eb.fn.max('index').as('index'), eb.fn.max('count').as('count')])
    .select('entries')
    .groupBy(['audit_patient.patient', 'entries'])
    .having((eb) => eb(eb.fn.max('count'), '<>', eb.ref('entries')))
    .orderBy('index')
    .limit(1)
    .executeTakeFirst()
  if (miscounted)
    throw new Finding(
      'removed',
      `entry ${miscounted.index} is the last one about its patient, number ${miscounted.count}; ${miscounted.entries} were counted.`,
    )
  const { waiting } = await db
    .selectFrom('audit_queue')
    .select((eb) => eb.fn.countAll<number>().as('waiting'))
    .executeTakeFirstOrThrow()
  return Number(waiting)
}
