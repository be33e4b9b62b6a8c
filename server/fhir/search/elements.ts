import { isObject, type Json } from '../../query/json-path.ts'
import { parseKeepingDigits } from '../index/resource-text.ts'

const SUBSETTED = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
}

/** Elements that say what a resource is, or change how the rest must be read. */
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

/** Suffixes of choice elements: `value` selects `valueQuantity` and every other form of `value[x]`. */
const CHOICE =
  /(Age|Attachment|Boolean|CodeableConcept|Date|DateTime|Instant|Integer|Period|Quantity|Range|Ratio|Reference|SampledData|String|Time|Timing)$/

/** In characters: parsing a larger resource would block all other answers, for seconds if it has many parts. */
const LARGEST = 500_000

/**
 * Returns a stored resource with the requested elements, the mandatory ones, and the tag that marks it as incomplete (R4 search,
 * `_elements`). Numbers keep their digits. A very large resource stays whole, which R4 allows.
 */
export const withElements = (json: string, elements: readonly string[]): string => {
  if (json.length > LARGEST) return json
  const resource = parseKeepingDigits(json)
  const mandatory = MANDATORY[String(resource.resourceType)] ?? []
  const wantedElements = new Set([...ALWAYS, ...mandatory, ...elements])
  const isWanted = (name: string) => {
    // The id and extensions of a primitive stand beside it, as `_birthDate`.
    const element = name.replace(/^_/, '')
    return wantedElements.has(element) || wantedElements.has(element.replace(CHOICE, ''))
  }
  const entries = Object.entries(resource).filter(([name]) => isWanted(name))
  return JSON.stringify({ ...Object.fromEntries(entries), meta: tagAsSubset(resource.meta) })
}

const tagAsSubset = (meta: unknown): Json => {
  const knownMeta = isObject(meta) ? meta : {}
  return { ...knownMeta, tag: [...(Array.isArray(knownMeta.tag) ? knownMeta.tag : []), SUBSETTED] }
}
