import { COMPARTMENT, SHARED } from '../../query/compartment.ts'
import type { Store } from '../../store/store.ts'

/** Resources in the records of patients that are missing in the database. */
export interface AbsentPatients {
  readonly resources: number
  readonly patients: number
  /** The patients with the most resources. */
  readonly examples: readonly { readonly patient: string; readonly resources: number }[]
}

const EXAMPLES = 5
const types = Object.keys(COMPARTMENT).filter((type) => type !== 'Patient' && COMPARTMENT[type] !== SHARED)

/**
 * Finds resources that are in the record of a patient whom the database lacks.
 *
 * @param since counts only resources stored at this time or later; milliseconds since 1970.
 */
export const findAbsentPatients = async ({ db }: Store, since: number): Promise<AbsentPatients> => {
  const absent = db
    .selectFrom('resource')
    .innerJoin('compartment', 'compartment.key', 'resource.key')
    .where('resource.type', 'in', types)
    .where('resource.last_updated', '>=', since)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('resource as person')
            .select('person.key')
            .where('person.type', '=', 'Patient')
            .whereRef('person.id', '=', 'compartment.patient'),
        ),
      ),
    )
  const { resources, patients } = await absent
    .select(({ fn }) => [
      fn.countAll<number>().as('resources'),
      fn.count<number>('compartment.patient').distinct().as('patients'),
    ])
    .executeTakeFirstOrThrow()
  if (Number(resources) === 0) return { resources: 0, patients: 0, examples: [] }
  const examples = await absent
    .select(['compartment.patient', ({ fn }) => fn.countAll<number>().as('resources')])
    .groupBy('compartment.patient')
    .orderBy('resources', 'desc')
    .orderBy('compartment.patient')
    .limit(EXAMPLES)
    .execute()
  return {
    resources: Number(resources),
    patients: Number(patients),
    examples: examples.map(({ patient, resources }) => ({ patient, resources: Number(resources) })),
  }
}
