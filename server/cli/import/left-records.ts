import type { PreparedResource } from '../../fhir/index/put-resource.ts'
import { COMPARTMENT, SHARED } from '../../query/compartment.ts'
import type { Db } from '../../store/schema.ts'

/**
 * Counts, for each patient, the stored resources that leave the patient's record when the given ones replace them. Files by
 * different authors may use one id for two people.
 */
export const countLeaving = async (
  trx: Db,
  resources: readonly PreparedResource[],
): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>()
  for (const [type, ofType] of Map.groupBy(resources, ({ row }) => row.type)) {
    if (type === 'Patient' || COMPARTMENT[type] === SHARED) continue
    const storedRows = await trx
      .selectFrom('resource')
      .innerJoin('compartment', 'compartment.key', 'resource.key')
      .select(['resource.id', 'compartment.patient'])
      .where('resource.type', '=', type)
      .where(
        'resource.id',
        'in',
        ofType.map(({ row }) => row.id),
      )
      .execute()
    if (storedRows.length === 0) continue
    const next = new Map(ofType.map(({ row, index }) => [row.id, index.compartment.flat()]))
    for (const { id, patient } of storedRows)
      if (!next.get(id)?.includes(patient)) counts.set(patient, (counts.get(patient) ?? 0) + 1)
  }
  return counts
}
