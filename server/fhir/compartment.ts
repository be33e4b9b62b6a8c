import { type Json, stringsAt } from './json-path.ts'
import { localReference } from './reference.ts'

/** Of nobody in particular, such as an Organization: readable by whoever may read the type. */
export const SHARED = 'shared'

/**
 * Every type the store holds, and the elements whose references to a Patient make a resource part of that patient's
 * compartment: the parameters that R4 CompartmentDefinition `patient` names, and no others. `Observation.focus` and
 * the like confer nothing. Two types are kept closer than the definition: a Group names other people, so no patient
 * reaches one; a Device is its patient's and nobody else's.
 */
export const COMPARTMENT: Readonly<Record<string, readonly string[] | typeof SHARED>> = {
  Patient: [],
  AllergyIntolerance: ['patient', 'recorder', 'asserter'],
  CarePlan: ['subject', 'activity.detail.performer'],
  CareTeam: ['subject', 'participant.member'],
  Condition: ['subject', 'asserter'],
  Coverage: ['policyHolder', 'subscriber', 'beneficiary', 'payor'],
  Device: ['patient'],
  DiagnosticReport: ['subject'],
  DocumentReference: ['subject', 'author'],
  Encounter: ['subject'],
  Goal: ['subject'],
  Group: [],
  Immunization: ['patient'],
  List: ['subject', 'source'],
  Location: SHARED,
  Medication: SHARED,
  MedicationRequest: ['subject'],
  MedicationStatement: ['subject'],
  Observation: ['subject', 'performer'],
  Organization: SHARED,
  Practitioner: SHARED,
  PractitionerRole: SHARED,
  Procedure: ['subject', 'performer.actor'],
  Provenance: ['target'],
  RelatedPerson: ['patient'],
}

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
