/** How one search parameter is asked for and where a resource keeps its values. */
export type SearchParameter =
  | IdParameter
  | StringParameter
  | TokenParameter
  | DateParameter
  | ReferenceParameter

interface Common {
  readonly doc: string
  /** Elements the values come from; none where another parameter or a column already holds them. */
  readonly paths?: readonly string[]
}
export interface IdParameter extends Common {
  readonly kind: 'id'
}
/** Starts with, case and accents folded; `:exact` and `:contains`. A HumanName counts as its parts and its full name. */
export interface StringParameter extends Common {
  readonly kind: 'string'
}
export interface TokenParameter extends Common {
  readonly kind: 'token'
  /** The system of a plain `code` element, which its value leaves unsaid. */
  readonly system?: string
  /** Few resources share a value: a search may start from it. */
  readonly selective?: true
}
/** With the prefixes of `DATE_PREFIXES`. */
export interface DateParameter extends Common {
  readonly kind: 'date'
}
export interface ReferenceParameter extends Common {
  readonly kind: 'reference'
  /** Types it may point to, which are also its modifiers: `subject:Patient`. */
  readonly targets: readonly string[]
  /** The parameter whose values it shares. */
  readonly index?: string
}

const ID: IdParameter = { kind: 'id', doc: 'The logical id.' }

/**
 * The search parameters of every type that can be searched. Indexing, the SQL, what a request may ask, and the
 * CapabilityStatement all follow this table.
 */
export const SEARCH_PARAMETERS: Readonly<Record<string, Readonly<Record<string, SearchParameter>>>> = {
  Patient: {
    _id: ID,
    name: {
      kind: 'string',
      paths: ['name'],
      doc: 'Any part of a name, or the full name, starts with this. `:exact` compares a whole part or the whole full name ("Jane Doe"), case and accents included.',
    },
    given: { kind: 'string', paths: ['name.given'], doc: 'A given name starts with this.' },
    family: { kind: 'string', paths: ['name.family'], doc: 'The family name starts with this.' },
    gender: {
      kind: 'token',
      paths: ['gender'],
      system: 'http://hl7.org/fhir/administrative-gender',
      doc: '`male`, `female`, `other` or `unknown`.',
    },
    identifier: {
      kind: 'token',
      paths: ['identifier'],
      selective: true,
      doc: '`system|value`, or a value in any system.',
    },
    birthdate: {
      kind: 'date',
      paths: ['birthDate'],
      doc: 'Date of birth.',
    },
  },
  Observation: {
    _id: ID,
    patient: {
      kind: 'reference',
      targets: ['Patient'],
      index: 'subject',
      doc: 'The patient it is about.',
    },
    subject: {
      kind: 'reference',
      paths: ['subject'],
      targets: ['Patient', 'Group', 'Device', 'Location'],
      doc: 'What it is about.',
    },
    category: { kind: 'token', paths: ['category'], doc: '`vital-signs`, `laboratory` …' },
    code: { kind: 'token', paths: ['code'], doc: 'What was observed, such as `http://loinc.org|29463-7`.' },
    date: {
      kind: 'date',
      paths: ['effectiveDateTime', 'effectivePeriod', 'effectiveInstant', 'effectiveTiming'],
      doc: 'When it was true; a day without a zone is a day in UTC.',
    },
    status: {
      kind: 'token',
      paths: ['status'],
      system: 'http://hl7.org/fhir/observation-status',
      doc: '`final`, `amended` …',
    },
  },
  AuditEvent: {
    _id: ID,
    patient: { kind: 'reference', targets: ['Patient'], doc: 'The patient whose record it concerns.' },
    date: { kind: 'date', doc: 'When it was recorded.' },
    agent: {
      kind: 'reference',
      targets: ['Patient', 'Practitioner'],
      doc: 'The person who acted.',
    },
    type: { kind: 'token', doc: 'Code of the type: `rest`, `110114`, `110113`.' },
    subtype: {
      kind: 'token',
      system: 'urn:carekey:access-kind',
      doc: 'Kind of access: `read`, `search`, `sign-in`, `token` …',
    },
    outcome: {
      kind: 'token',
      system: 'http://terminology.hl7.org/CodeSystem/audit-event-outcome',
      doc: '`0` success, `4` refused, `8` failed.',
    },
  },
}

/** R4 search, prefixes; `ap` is left out, for nobody agrees how near is near. */
export const DATE_PREFIXES = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb'] as const
export type DatePrefix = (typeof DATE_PREFIXES)[number]

/** `_sort=date` and `_sort=-date`, where a type has a `date`. */
export const sortable = (type: string): boolean => SEARCH_PARAMETERS[type]?.date !== undefined

/** The modifiers a parameter allows; an unknown one is refused, never ignored. */
export const modifiersOf = (parameter: SearchParameter): readonly string[] => {
  if (parameter.kind === 'string') return ['exact', 'contains']
  return parameter.kind === 'reference' ? parameter.targets : []
}
