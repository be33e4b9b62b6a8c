/** The parts of an R4 SearchParameter that the table is made from. */
export interface SearchDefinition {
  readonly id: string
  readonly code: string
  readonly base: readonly string[]
  readonly type: string
  readonly expression: string
  readonly description: string
}

/**
 * The search parameters of every stored type: those of US Core 7, those by which R4 puts a resource into a patient's compartment, and
 * the references that lead from one resource to another.
 */
export const WANTED: Readonly<Record<string, readonly string[]>> = {
  AllergyIntolerance: ['patient', 'clinical-status', 'code', 'date', 'recorder', 'asserter'],
  CarePlan: [
    'patient',
    'subject',
    'category',
    'status',
    'date',
    'performer',
    'encounter',
    'care-team',
    'goal',
    'condition',
  ],
  CareTeam: ['patient', 'subject', 'status', 'role', 'date', 'participant', 'encounter'],
  Condition: [
    ...['patient', 'subject', 'category', 'clinical-status', 'code', 'encounter', 'asserter'],
    ...['onset-date', 'abatement-date', 'recorded-date', 'asserted-date'],
  ],
  Coverage: ['patient', 'beneficiary', 'policy-holder', 'subscriber', 'payor', 'status', 'identifier'],
  Device: ['patient', 'type', 'status', 'identifier'],
  DiagnosticReport: [
    'patient',
    'subject',
    'category',
    'code',
    'date',
    'status',
    'encounter',
    'result',
    'performer',
  ],
  DocumentReference: [
    ...[
      'patient',
      'subject',
      'identifier',
      'status',
      'category',
      'type',
      'date',
      'period',
      'author',
      'encounter',
    ],
  ],
  Encounter: [
    ...['patient', 'subject', 'identifier', 'status', 'class', 'type', 'date', 'location'],
    ...['discharge-disposition', 'participant', 'service-provider'],
  ],
  Goal: ['patient', 'subject', 'lifecycle-status', 'target-date', 'description'],
  Group: ['member', 'managing-entity', 'type', 'actual', 'code'],
  Immunization: ['patient', 'status', 'date', 'vaccine-code'],
  List: ['patient', 'subject', 'source', 'item', 'encounter', 'code', 'status', 'date'],
  Location: [
    'name',
    'address',
    'address-city',
    'address-state',
    'address-postalcode',
    'organization',
    'identifier',
  ],
  Medication: ['code', 'status'],
  MedicationRequest: [
    'patient',
    'subject',
    'intent',
    'status',
    'encounter',
    'authoredon',
    'medication',
    'code',
    'requester',
  ],
  MedicationStatement: ['patient', 'subject', 'status', 'effective', 'medication', 'code', 'context'],
  Observation: [
    ...[
      'patient',
      'subject',
      'category',
      'code',
      'date',
      'status',
      'encounter',
      'performer',
      'focus',
      'device',
    ],
    ...[
      'has-member',
      'derived-from',
      'value-quantity',
      'value-concept',
      'component-code',
      'component-value-quantity',
    ],
  ],
  Organization: ['name', 'address', 'identifier', 'active', 'partof'],
  Patient: [
    ...['name', 'given', 'family', 'gender', 'identifier', 'birthdate', 'death-date', 'active', 'telecom'],
    ...['general-practitioner', 'organization', 'link'],
  ],
  Practitioner: ['name', 'given', 'family', 'identifier'],
  PractitionerRole: ['practitioner', 'organization', 'location', 'specialty'],
  Procedure: ['patient', 'subject', 'status', 'code', 'date', 'encounter', 'performer'],
  Provenance: ['patient', 'target', 'agent', 'recorded'],
  RelatedPerson: ['patient', 'name', 'identifier'],
}

/** Parameters that US Core 7 adds to those of R4. */
export const US_CORE: readonly SearchDefinition[] = [
  {
    id: 'us-core-careteam-role',
    code: 'role',
    base: ['CareTeam'],
    type: 'token',
    expression: 'CareTeam.participant.role',
    description: 'The role of a participant (US Core).',
  },
  {
    id: 'us-core-condition-asserted-date',
    code: 'asserted-date',
    base: ['Condition'],
    type: 'date',
    expression:
      "Condition.extension.where(url = 'http://hl7.org/fhir/StructureDefinition/condition-assertedDate').valueDateTime",
    description: 'When the condition was first asserted (US Core).',
  },
  {
    id: 'us-core-encounter-discharge-disposition',
    code: 'discharge-disposition',
    base: ['Encounter'],
    type: 'token',
    expression: 'Encounter.hospitalization.dischargeDisposition',
    description: 'Where the patient went after discharge (US Core).',
  },
  {
    id: 'us-core-goal-description',
    code: 'description',
    base: ['Goal'],
    type: 'token',
    expression: 'Goal.description',
    description: 'What the goal is (US Core).',
  },
]

/** Descriptions that replace R4's where this server does less or more than R4 says. */
export const DOCS: Readonly<Record<string, string>> = {
  name: 'Any part of a name, or the full name, starts with this. `:exact` compares a whole part or the whole full name ("Jane Doe"), case and accents included.',
  address: 'Any part of the address, or its text, starts with this.',
  given: 'A given name starts with this.',
  family: 'The family name starts with this.',
  telecom: 'A telephone number or an address as it is written; `phone|555-1234` for one kind.',
  'value-quantity': 'The value, if it is a Quantity. Units are compared as written, not converted.',
  'component-value-quantity':
    'The value of a component, if it is a Quantity. Units are compared as written, not converted.',
}
