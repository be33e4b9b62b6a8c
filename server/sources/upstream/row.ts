import type { Reach } from '../../fhir/access/decide-access.ts'
import { isOfPatients } from '../../fhir/search/concerned-patients.ts'
import { patientsOf } from '../../query/compartment.ts'
import { type Contents, contentsOf } from '../../query/contents.ts'
import { type ComparedValues, valuesOfParameter } from '../../query/indexed-values.ts'
import type { Json } from '../../query/json-path.ts'
import { matches } from '../../query/matches.ts'
import { namedIn } from '../../query/patient-elements.ts'
import type { Filter } from '../../query/query.ts'
import type { UpstreamResource } from '../transport/upstream.ts'

/** A resource from upstream, with everything that the access decision uses. */
export interface UpstreamRow {
  readonly type: string
  readonly id: string
  readonly version?: string
  /** NaN if upstream does not state when it was stored. */
  readonly lastUpdated: number
  readonly resource: Json
  readonly json: string
  /** By what a search finds it, of one parameter. */
  readonly valuesOf: (param: string) => ComparedValues
  /** Whether a parameter by which it was compared has too many values (`MOST_COMPARED`). */
  readonly wasCut: () => boolean
  /** The patients in whose compartments it is. */
  readonly patients: readonly string[]
  /** Whose the resources inside it are. */
  readonly contents: Contents
  /** One of its elements names a patient in a way that cannot be resolved here, so the log could not say whose it is. */
  readonly isStray: boolean
}

export const rowOf = ({ type, id, version, lastUpdated, resource, json }: UpstreamResource): UpstreamRow => {
  const patients = patientsOf(type, id, resource)
  const contents = contentsOf(type, resource, patients)
  let wasCut = false
  return {
    type,
    id,
    ...(version !== undefined && { version }),
    lastUpdated: lastUpdated === 0 ? Number.NaN : lastUpdated,
    resource,
    json,
    valuesOf: (param) => {
      const values = valuesOfParameter(type, resource, param)
      wasCut ||= values.isCut
      return values
    },
    wasCut: () => wasCut,
    patients,
    contents,
    isStray: namedIn(type, resource, contents.ids)?.isUnknown ?? true,
  }
}

/**
 * Decides whether a row may be read: one alternative of the reach must match, with all of its filters. A row that contains a resource
 * of another patient is nobody's: only a reach without a compartment includes it, and not if the row is shared by all. A row of an unknown
 * patient, among others or not, is read by nobody, because the log could not say whose it is.
 */
export const isWithin = (row: UpstreamRow, reach: Reach): boolean =>
  !row.isStray &&
  reach.some(
    ({ compartment, limits = [[]] }) =>
      (compartment === undefined ? isReadable(row) : isOfPatient(row, compartment)) &&
      limits.some((filters) => matchesAll(row, filters)),
  )

const isReadable = ({ type, contents }: UpstreamRow): boolean =>
  isOfPatients(type) || contents.foreign === undefined

const isOfPatient = ({ patients, contents }: UpstreamRow, patient: string): boolean =>
  patients.includes(patient) && contents.foreign === undefined

/** Whether a row that does not match might, because upstream does not state when it was stored. */
export const isUntimed = (row: UpstreamRow, filters: readonly Filter[]): boolean =>
  Number.isNaN(row.lastUpdated) &&
  matchesAll(
    row,
    filters.filter(({ kind }) => kind !== 'updated'),
  )

export const matchesAll = (row: UpstreamRow, filters: readonly Filter[]): boolean =>
  filters.every((filter) => matches(filter, row))
