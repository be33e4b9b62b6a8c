import { type Json, stringsAt } from './json-path.ts'
import { STORED_TYPES } from './parameters.ts'
import { localReference } from './reference.ts'
import table from './search-table.json' with { type: 'json' }

/** Of nobody in particular, such as an Organization: readable by whoever may read the type. */
export const SHARED = 'shared'

type Membership = readonly string[] | typeof SHARED

/**
 * Kept closer than R4 has it: a Group names other people, so no patient reaches one; a Device is its patient's and
 * nobody else's; a Patient who is linked to another stays a record of their own.
 */
const CLOSER: Readonly<Record<string, readonly string[]>> = { Group: [], Device: ['patient'], Patient: [] }

const DEFINED: Readonly<Record<string, readonly string[]>> = table.compartment

/**
 * Every type the store holds, and the elements whose references to a Patient make a resource part of that patient's
 * compartment: the parameters that R4 CompartmentDefinition `patient` names, and no others. `Observation.focus` and
 * the like confer nothing. A type that the definition leaves out is nobody's.
 */
export const COMPARTMENT: Readonly<Record<string, Membership>> = Object.fromEntries(
  STORED_TYPES.map((type): [string, Membership] => [type, CLOSER[type] ?? DEFINED[type] ?? SHARED]),
)

/** Ids of the patients whose compartments a resource belongs to. */
export const patientsOf = (type: string, id: string, resource: Json): string[] => {
  if (type === 'Patient') return [id]
  const paths = COMPARTMENT[type]
  if (paths === undefined || paths === SHARED) return []
  const patients = paths
    .flatMap((path) => stringsAt(resource, `${path}.reference`))
    .flatMap((text) => localReference(text) ?? [])
    .filter((reference) => reference.type === 'Patient')
    .map((reference) => reference.id)
  return [...new Set(patients)]
}
