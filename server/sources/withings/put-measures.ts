import { deleteResources } from '../../fhir/index/delete-resources.ts'
import { prepare, putPrepared } from '../../fhir/index/put-resource.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { mapGroup } from './observations.ts'
import type { MeasurePage } from './read-measures.ts'
import { REMOVED } from './removal.ts'
import { WithingsError } from './withings-error.ts'

/**
 * Stores a page of measures in one transaction: new readings, and those that were edited since. A reading that is here as it is stays
 * untouched.
 *
 * @returns types of measure that have no place here.
 * @throws WithingsError `ended` when the person was disconnected meanwhile.
 */
export const putMeasures = (
  store: Store,
  { groups, timezone }: MeasurePage,
  patient: string,
  now: number,
): Promise<ReadonlySet<number>> => {
  // Of a group that comes twice, the last edit counts.
  const latest = new Map(groups.toSorted((a, b) => a.modified - b.modified).map((each) => [each.grpid, each]))
  const mapped = [...latest.values()].map((group) => mapGroup(group, patient, timezone))
  return store.write(async (trx) => {
    await requireConnected(trx, patient)
    const ids = mapped.flatMap(({ resources, absent }) => [...resources.map(({ id }) => id), ...absent])
    const rows =
      ids.length === 0
        ? []
        : await trx
            .selectFrom('resource')
            .select(['key', 'id', 'json'])
            .where('type', '=', 'Observation')
            .where('id', 'in', ids)
            .execute()
    const stored = new Map(rows.map((row) => [row.id, row]))
    const changed = mapped
      .flatMap(({ resources }) => resources)
      .filter(({ id, text }) => contentOf(stored.get(id)?.json) !== text)
    await putPrepared(
      trx,
      changed.map(({ text }) => prepare(JSON.parse(text), now, text)),
    )
    const gone = mapped.flatMap(({ absent }) => absent.flatMap((id) => stored.get(id)?.key ?? []))
    await deleteResources(trx, gone)
    return new Set(mapped.flatMap(({ leftOut }) => leftOut))
  })
}

/** Locks the person's row, so that nothing is stored behind a removal. @throws WithingsError */
const requireConnected = async (trx: Db, patient: string): Promise<void> => {
  const { numUpdatedRows } = await trx
    .updateTable('withings_account')
    .set((eb) => ({ next_read: eb.ref('next_read') }))
    .where('patient', '=', patient)
    .where((eb) => eb.or([eb('fault', 'is', null), eb('fault', '<>', REMOVED)]))
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw new WithingsError('ended', 'The connection to Withings was removed.')
}

/** Returns a stored Observation without the members that the store added. */
const contentOf = (json: string | undefined): string | undefined => json?.replace(/"meta":\{[^{}]*\},/, '')
