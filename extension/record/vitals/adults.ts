import { age } from '../../ui/words/dates.ts'
import type { VitalsAt } from './use-vitals.ts'

/**
 * Returns the ids of the connections whose own patient is an adult. The session says so, if it has a patient: not a copy, which may be
 * older than a correction, and never another organization.
 */
export const adultsOf = (
  vitals: readonly Pick<VitalsAt, 'connection' | 'patient' | 'value'>[],
): ReadonlySet<string> =>
  new Set(
    vitals.flatMap(({ connection, patient, value }) => {
      const { birthDate = '' } =
        (connection.patient?.id === patient ? connection.patient : value?.patient) ?? {}
      return (age(birthDate) ?? 0) >= 18 ? [connection.id] : []
    }),
  )
