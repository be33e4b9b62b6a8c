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

/** In characters. A larger resource is sent in pieces; one that is cut to its elements has to be in memory as a whole. */
const LARGEST = 500_000

/**
 * Returns a stored resource with the requested elements, the mandatory ones, and the tag that marks it as incomplete (R4 search,
 * `_elements`). Numbers keep their digits, because the elements are copied as text. A very large resource stays whole, which R4
 * allows.
 */
export const withElements = (json: string, elements: readonly string[]): string => {
  if (json.length > LARGEST) return json
  const members = new Map(membersOf(json))
  const mandatory = MANDATORY[JSON.parse(members.get('resourceType') ?? 'null')] ?? []
  const wantedElements = new Set([...ALWAYS, ...mandatory, ...elements])
  const isWanted = (name: string) => {
    // The id and extensions of a primitive stand beside it, as `_birthDate`.
    const element = name.replace(/^_/, '')
    return wantedElements.has(element) || wantedElements.has(element.replace(CHOICE, ''))
  }
  const wanted = new Map([...members].filter(([name]) => isWanted(name)))
  wanted.set('meta', JSON.stringify(tagAsSubset(parseKeepingDigits(members.get('meta') ?? '{}'))))
  return `{${[...wanted].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join()}}`
}

const tagAsSubset = (meta: unknown): Json => {
  const knownMeta = isObject(meta) ? meta : {}
  return { ...knownMeta, tag: [...(Array.isArray(knownMeta.tag) ? knownMeta.tag : []), SUBSETTED] }
}

/** Yields the members of an object that is stored as JSON: their names, and their values as text. */
function* membersOf(json: string): Generator<[name: string, value: string]> {
  let depth = 0
  let name: string | undefined
  let start = 0
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at]
    if (character === '"') {
      const end = endOfString(json, at)
      if (depth === 1 && name === undefined) name = JSON.parse(json.slice(at, end + 1))
      at = end
    } else if (character === '{' || character === '[') depth += 1
    else if (character === ':' && depth === 1) start = at + 1
    else if (character === '}' || character === ']' || (character === ',' && depth === 1)) {
      if (character !== ',') depth -= 1
      if (name === undefined || depth > 1 || (depth === 1 && character !== ',')) continue
      yield [name, json.slice(start, at)]
      name = undefined
    }
  }
}

/** Returns where the string that begins at a quotation mark ends. */
const endOfString = (json: string, start: number): number => {
  let end = start
  let escapes = 0
  do {
    end = json.indexOf('"', end + 1)
    for (escapes = 0; json[end - 1 - escapes] === '\\'; ) escapes += 1
  } while (escapes % 2 === 1)
  return end
}
