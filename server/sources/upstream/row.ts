import type { Reach } from '../../fhir/access.ts'
import { isOfPatients } from '../../fhir/concerned-patients.ts'
import { patientsOf } from '../../query/compartment.ts'
import { type IndexedValues, valuesOfParameter } from '../../query/indexed-values.ts'
import { isObject, type Json, valuesAt } from '../../query/json-path.ts'
import { matches } from '../../query/matches.ts'
import type { Filter } from '../../query/query.ts'
import type { UpstreamResource } from './upstream.ts'

/** A resource from upstream, with everything that the access decision uses. */
export interface Row {
  readonly type: string
  readonly id: string
  readonly version?: string
  /** NaN if upstream does not state when it was stored. */
  readonly lastUpdated: number
  readonly resource: Json
  readonly json: string
  /** By what a search finds it, of one parameter. */
  readonly valuesOf: (param: string) => IndexedValues
  /** The patients in whose compartments it is. */
  readonly patients: readonly string[]
  /** The patients in whose compartments the resources inside it would be. */
  readonly containedPatients: readonly string[]
  /** Whether a resource inside it could belong to a patient. */
  readonly containsOfPatients: boolean
}

export const rowOf = ({ type, id, version, lastUpdated, resource, json }: UpstreamResource): Row => {
  const contained = containedIn(resource)
  return {
    type,
    id,
    ...(version !== undefined && { version }),
    lastUpdated: lastUpdated === 0 ? Number.NaN : lastUpdated,
    resource,
    json,
    valuesOf: (param) => valuesOfParameter(type, resource, param),
    patients: patientsOf(type, id, resource),
    containedPatients: contained.flatMap(patientsOfContained),
    containsOfPatients: contained.some(
      ({ resourceType }) => typeof resourceType === 'string' && isOfPatients(resourceType),
    ),
  }
}

const containedIn = (resource: Json): Json[] =>
  valuesAt(resource, 'contained')
    .filter(isObject)
    .flatMap((each) => [each, ...containedIn(each)])

/** A Patient inside another resource; its id is valid only within that resource. */
const patientsOfContained = (contained: Json): string[] =>
  typeof contained.resourceType === 'string' && contained.resourceType !== 'Patient'
    ? patientsOf(contained.resourceType, '', contained)
    : []

/**
 * Decides whether a row may be read: one alternative of the reach must match, with all of its filters. A shared resource belongs
 * to no patient, so nobody gets one that contains a patient's resource.
 */
export const isWithin = (row: Row, reach: Reach): boolean =>
  (isOfPatients(row.type) || !row.containsOfPatients) &&
  reach.some(
    ({ compartment, limits = [[]] }) =>
      (compartment === undefined || isOfPatient(row, compartment)) &&
      limits.some((filters) => matchesAll(row, filters)),
  )

/** A resource that contains another patient's resource does not belong to this patient alone, so neither patient gets it. */
const isOfPatient = ({ patients, containedPatients }: Row, patient: string): boolean =>
  patients.includes(patient) && containedPatients.every((each) => each === patient || patients.includes(each))

export const matchesAll = (row: Row, filters: readonly Filter[]): boolean =>
  filters.every((filter) => matches(filter, row))
