import { type RecordType, resourceTypeOf } from '../../extension/messages/record-lists.ts'

type Json = Record<string, unknown>

/** Names and codes are read up to so many characters. */
const WORD = 500

/** A text just below a limit that changes direction at each character, which is the most work for a browser. */
const changing = (limit: number): string => 'aא'.repeat(limit).slice(0, limit - 1)

/** How texts fill rows: just below each limit, and as many as are read of a list or as few as leave room for many rows. */
export const FILLINGS = {
  'names and codes': { limit: WORD, items: 1 },
  'lists of names and codes': { limit: WORD, items: 100 },
  'texts of one paragraph': { limit: 1_000, items: 100 },
  'long texts': { limit: 20_000, items: 2 },
}

/** As many resources of a type as a list holds, with such texts in each member that it shows. */
export const fullResources = (type: RecordType, filling: { limit: number; items: number }): Json[] => {
  // A list is read up to 2,000,000 characters.
  const count = Math.floor(1_900_000 / JSON.stringify(fullResource(type, '0', filling)).length)
  return Array.from({ length: Math.min(200, count) }, (_, index) =>
    fullResource(type, String(index), filling),
  )
}

const fullResource = (
  type: RecordType,
  id: string,
  { limit, items }: { limit: number; items: number },
): Json => {
  const text = changing(limit)
  const word = changing(Math.min(limit, WORD))
  const concept = { text }
  const reference = { display: word }
  const quantity = { value: word, unit: word, comparator: word }
  const many = <T>(item: T): T[] => Array<T>(items).fill(item)
  const status = { coding: [{ code: word }] }
  const shared = {
    resourceType: resourceTypeOf(type),
    id,
    status: 'unknown',
    subject: { reference: 'Patient/mara' },
    patient: { reference: 'Patient/mara' },
    code: concept,
    reasonCode: many(concept),
    reasonReference: many(reference),
    statusReason: concept,
    note: many({ text }),
    text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${text}</div>` },
  }
  const observation = {
    category: [{ coding: [{ code: type === 'SocialHistory' ? 'social-history' : 'laboratory' }] }],
    valueQuantity: quantity,
    referenceRange: [{ text: word }],
    interpretation: many(concept),
    component: many({ code: concept, valueString: text, interpretation: [concept] }),
    dataAbsentReason: concept,
    specimen: reference,
    method: concept,
    bodySite: concept,
    performer: many(reference),
  }
  const dosage = { text, additionalInstruction: many(concept) }
  const performers = many({ actor: reference, individual: reference })
  const own: Record<RecordType, Json> = {
    Condition: {
      clinicalStatus: status,
      verificationStatus: status,
      severity: concept,
      stage: many({ summary: concept }),
      bodySite: many(concept),
      onsetString: word,
      abatementString: text,
      asserter: reference,
    },
    AllergyIntolerance: {
      clinicalStatus: status,
      verificationStatus: status,
      reaction: many({ manifestation: [concept], description: text, severity: word }),
      criticality: word,
      category: many(word),
      onsetString: word,
      asserter: reference,
    },
    MedicationRequest: {
      medicationCodeableConcept: concept,
      dosageInstruction: [dosage],
      requester: reference,
    },
    MedicationStatement: {
      medicationCodeableConcept: concept,
      dosage: [dosage],
      statusReason: many(concept),
      informationSource: reference,
    },
    Immunization: {
      vaccineCode: concept,
      occurrenceString: word,
      doseQuantity: quantity,
      protocolApplied: many({ doseNumberString: word }),
      site: concept,
      route: concept,
      manufacturer: reference,
      lotNumber: word,
      performer: performers,
    },
    Observation: observation,
    SocialHistory: observation,
    DiagnosticReport: {
      conclusion: text,
      conclusionCode: many(concept),
      presentedForm: many({ title: word }),
      category: many(concept),
      performer: many(reference),
    },
    Encounter: {
      type: [concept],
      serviceProvider: reference,
      location: many({ location: reference }),
      participant: performers,
    },
    Procedure: {
      bodySite: many(concept),
      outcome: concept,
      location: reference,
      performer: performers,
    },
  }
  return { ...shared, ...own[type] }
}
