import { cutMark, type RecordEntry, type RecordType, resourceTypeOf } from '../messages/record-lists.ts'
import type { Source } from '../messages/vitals.ts'
import { conceptCode, conceptCodes, conceptName, holdsCode, referenceName } from './concept.ts'
import { detailsOf } from './entry-details.ts'
import { UNREADABLE } from './paging.ts'
import { isDate, type Json, object, objects, text, words } from './resource.ts'
import { resultValueOf } from './result-value.ts'
import { quantityText } from './terms.ts'

/** In characters: some fifty pages. A hostile record could fill the popup with a longer one. */
const longestNarrative = 100_000

/** Finds the medication that came in the same answer and that a reference names. */
export type Medications = (reference: unknown) => Json | undefined

export const noMedications: Medications = () => undefined

/**
 * Converts a resource to an entry. Undefined for a mistake or a cancelled result, and for a panel without a value of its own.
 */
export const entryOf = (
  type: RecordType,
  resource: Json,
  { source, medications }: { source: Source; medications: Medications },
): RecordEntry | typeof UNREADABLE | undefined => {
  const id = text(resource.id)
  const resourceType = resourceTypeOf(type)
  const state = stateOf(type, resource)
  if (isWithdrawn(type, resource)) return undefined
  const value = resourceType === 'Observation' ? resultValueOf(resource) : undefined
  if (resourceType === 'Observation' && !value && objects(resource.hasMember).length > 0) return undefined
  if (id === undefined) return UNREADABLE
  const concept = conceptOf(type, resource, medications)
  const narrative = narrativeOf(resource)
  return {
    id,
    type,
    codes: conceptCodes(concept),
    name: conceptName(concept) ?? referenceName(resource.medicationReference) ?? '',
    state: usualStatuses.has(`${resourceType} ${state}`) ? '' : state,
    ...whenOf(resource, dates[resourceType]),
    ...(value && { value }),
    ...(type === 'Observation' && !isPlaced(resource) && { unplaced: true as const }),
    details: detailsOf(type, resource),
    ...(narrative !== undefined && { narrative }),
    source,
  }
}

/** Checks for a mistake, or a cancelled result: neither it nor anything that it contains is shown. */
export const isWithdrawn = (type: RecordType, resource: Json): boolean => {
  const state = stateOf(type, resource)
  return skippedStatuses.has(state) || skippedStatuses.has(`${resourceTypeOf(type)} ${state}`)
}

/** Checks for a category, or for a member that only laboratories fill in. */
const isPlaced = ({ category, specimen, referenceRange, interpretation }: Json): boolean =>
  [category, referenceRange, interpretation].some((each) => objects(each).length > 0) ||
  specimen !== undefined

const mistake = 'entered-in-error'
/** Statuses whose entries are left out, of any type or of one. */
const skippedStatuses: ReadonlySet<string> = new Set([
  mistake,
  'Observation cancelled',
  'DiagnosticReport cancelled',
])
/** Statuses that are usual for a type, so no page names them. */
const usualStatuses: ReadonlySet<string> = new Set([
  'Immunization completed',
  'Observation final',
  'DiagnosticReport final',
  'Encounter finished',
  'Procedure completed',
])

const stateOf = (type: RecordType, resource: Json): string => {
  const status = words(resource.status) ?? ''
  // An order not to take something must not look like a medication, whatever became of it.
  if (type === 'MedicationRequest' && resource.doNotPerform === true && !skippedStatuses.has(status))
    return ['active', ''].includes(status) ? 'do-not-take' : `do-not-take ${status}`
  if (type !== 'Condition' && type !== 'AllergyIntolerance') return status
  const { verificationStatus, clinicalStatus } = resource
  if ([verificationStatus, clinicalStatus].some((each) => holdsCode(each, mistake))) return mistake
  return conceptCode(verificationStatus) === 'refuted' ? 'refuted' : (conceptCode(clinicalStatus) ?? '')
}

const conceptOf = (type: RecordType, resource: Json, medications: Medications): unknown => {
  if (type === 'Immunization') return resource.vaccineCode
  // A visit is named by its type, or else by its class, which is a Coding.
  if (type === 'Encounter') return objects(resource.type)[0] ?? { coding: [resource.class] }
  if (type !== 'MedicationRequest' && type !== 'MedicationStatement') return resource.code
  return resource.medicationCodeableConcept ?? medicationAt(resource, medications)?.code
}

/** Finds the medication that a resource refers to: inside the resource (`#id`), or beside it in the answer. */
const medicationAt = (resource: Json, medications: Medications): Json | undefined => {
  const reference = text(object(resource.medicationReference).reference)
  if (!reference?.startsWith('#')) return medications(resource.medicationReference)
  const id = reference.slice(1)
  return objects(resource.contained, Number.POSITIVE_INFINITY).find(
    (each) => each.resourceType === 'Medication' && each.id === id,
  )
}

/** The members with each type's onset or date; the first valid date counts. */
const dates: Readonly<Record<ReturnType<typeof resourceTypeOf>, readonly string[]>> = {
  Condition: ['onsetDateTime', 'onsetPeriod', 'recordedDate'],
  MedicationRequest: ['authoredOn'],
  MedicationStatement: ['effectiveDateTime', 'effectivePeriod', 'dateAsserted'],
  AllergyIntolerance: ['onsetDateTime', 'onsetPeriod', 'recordedDate'],
  Immunization: ['occurrenceDateTime', 'recorded'],
  Observation: ['effectiveDateTime', 'effectiveInstant', 'effectivePeriod', 'issued'],
  DiagnosticReport: ['effectiveDateTime', 'effectivePeriod', 'issued'],
  Encounter: ['period'],
  Procedure: ['performedDateTime', 'performedPeriod'],
}

const whenOf = (
  resource: Json,
  members: readonly string[],
): Pick<RecordEntry, 'date' | 'dateSaid' | 'age'> => {
  const dateText = words(resource.onsetString) ?? words(resource.occurrenceString)
  const age = quantityText(resource.onsetAge)
  if (dateText !== undefined) return { dateSaid: dateText }
  if (age !== undefined) return { age }
  const date = members
    .map((member) => text(object(resource[member]).start) ?? text(resource[member]))
    .find((each) => each !== undefined && isDate(each))
  return date === undefined ? {} : { date }
}

const narrativeOf = (resource: Json): string | undefined => {
  const { div } = object(resource.text)
  if (typeof div !== 'string' || div.trim() === '') return undefined
  return div.length > longestNarrative ? div.slice(0, longestNarrative) + cutMark : div
}
