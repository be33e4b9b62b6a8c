import { type Json, valuesAt } from './json-path.ts'
import { STORED_TYPES } from './parameters.ts'
import { referenceOf } from './reference.ts'
import table from './search-table.json' with { type: 'json' }

/** Marks a type that belongs to no patient, such as Organization: every caller who may read the type may read it. */
export const SHARED = 'shared'

/** The only types that are shared. A type that neither this list nor R4's compartment names belongs to nobody. */
const SHARED_TYPES: readonly string[] = [
  'Location',
  'Medication',
  'Organization',
  'Practitioner',
  'PractitionerRole',
]

export const isSharedType = (type: string): boolean => SHARED_TYPES.includes(type)

type Membership = readonly string[] | typeof SHARED

/**
 * Types that are more restricted than in R4: a Group names other people, so no patient reaches one; a Device belongs to its
 * patient only; a Patient that is linked to another remains a separate record.
 */
const RESTRICTIONS: Readonly<Record<string, readonly string[]>> = {
  Group: [],
  Device: ['patient'],
  Patient: [],
}

const DEFINITION: Readonly<Record<string, readonly string[]>> = table.compartment

/**
 * Returns the elements whose references to a Patient put a resource into that patient's compartment: the parameters that R4
 * CompartmentDefinition `patient` names, and no others. `Observation.focus` and the like grant nothing.
 */
export const membershipOf = (type: string): Membership => {
  if (isSharedType(type)) return SHARED
  return RESTRICTIONS[type] ?? DEFINITION[type] ?? []
}

/** Every stored type, with the elements by which a resource is a patient's. */
export const COMPARTMENT: Readonly<Record<string, Membership>> = Object.fromEntries(
  STORED_TYPES.map((type) => [type, membershipOf(type)]),
)

/** Every type that can be read or searched: the stored types and the access log. */
export const TYPES: readonly string[] = [...STORED_TYPES, 'AuditEvent'].sort()

/** Returns the ids of the patients whose compartments a resource belongs to. */
export const patientsOf = (type: string, id: string, resource: Json): string[] => {
  if (type === 'Patient') return [id]
  const paths = Object.hasOwn(COMPARTMENT, type) ? COMPARTMENT[type] : undefined
  if (paths === undefined || paths === SHARED) return []
  const patients = paths
    .flatMap((path) => valuesAt(resource, path))
    .flatMap((value) => referenceOf(value) ?? [])
    .filter((reference) => reference.type === 'Patient')
    .map((reference) => reference.id)
  return [...new Set(patients)]
}
