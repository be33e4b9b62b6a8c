import { isObject, type Json } from '../../query/json-path.ts'
import { parseKeepingDigits } from '../index/resource-text.ts'

const SUBSETTED = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
}

/** What changes how the rest is to be read, or says what it is. */
const ALWAYS = ['resourceType', 'id', 'meta', 'implicitRules', 'modifierExtension']

/** Elements with a minimum of 1 in R4, without which a resource is not valid. */
const MANDATORY: Readonly<Record<string, readonly string[]>> = {
  AllergyIntolerance: ['patient'],
  AuditEvent: ['type', 'recorded', 'agent', 'source'],
  CarePlan: ['status', 'intent', 'subject'],
  Condition: ['subject'],
  Coverage: ['status', 'beneficiary', 'payor'],
  DiagnosticReport: ['status', 'code'],
  DocumentReference: ['status', 'content'],
  Encounter: ['status', 'class'],
  FamilyMemberHistory: ['status', 'patient', 'relationship'],
  Goal: ['lifecycleStatus', 'description', 'subject'],
  Group: ['type', 'actual'],
  Immunization: ['status', 'vaccineCode', 'patient', 'occurrence'],
  List: ['status', 'mode'],
  Media: ['status', 'content'],
  MedicationDispense: ['status', 'medication'],
  MedicationRequest: ['status', 'intent', 'medication', 'subject'],
  MedicationStatement: ['status', 'medication', 'subject'],
  Observation: ['status', 'code'],
  Procedure: ['status', 'subject'],
  Provenance: ['target', 'recorded', 'agent'],
  QuestionnaireResponse: ['status'],
  RelatedPerson: ['patient'],
  ServiceRequest: ['status', 'intent', 'subject'],
}

/** `value` is `valueQuantity` and whatever else `value[x]` may be. */
const CHOICE =
  /(Age|Attachment|Boolean|CodeableConcept|Date|DateTime|Instant|Integer|Period|Quantity|Range|Ratio|Reference|SampledData|String|Time|Timing)$/

/** In characters: taking a larger one apart would hold up everybody's answers, for seconds where it has many parts. */
const LARGEST = 500_000

/**
 * A stored resource with the elements asked for, those it would not be valid without, and the tag that says that it is
 * not whole (R4 search, `_elements`). Numbers keep their digits. A very large one is left whole, as R4 has servers free to.
 */
export const withElements = (json: string, elements: readonly string[]): string => {
  if (json.length > LARGEST) return json
  const resource = parseKeepingDigits(json)
  const mandatory = MANDATORY[String(resource.resourceType)] ?? []
  const kept = new Set([...ALWAYS, ...mandatory, ...elements])
  const isKept = (name: string) => {
    // What a primitive has besides its value stands beside it, as `_birthDate`.
    const element = name.replace(/^_/, '')
    return kept.has(element) || kept.has(element.replace(CHOICE, ''))
  }
  const entries = Object.entries(resource).filter(([name]) => isKept(name))
  return JSON.stringify({ ...Object.fromEntries(entries), meta: tagged(resource.meta) })
}

const tagged = (meta: unknown): Json => {
  const known = isObject(meta) ? meta : {}
  return { ...known, tag: [...(Array.isArray(known.tag) ? known.tag : []), SUBSETTED] }
}
