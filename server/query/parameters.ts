import { KIND_SYSTEM } from '../../values/access-kinds.ts'
import table from './search-table.json' with { type: 'json' }

/** A search parameter: how its values are compared, and which elements of a resource they come from. */
export type SearchParameter =
  | IdParameter
  | UpdatedParameter
  | StringParameter
  | TokenParameter
  | DateParameter
  | QuantityParameter
  | ReferenceParameter

interface Common {
  readonly doc: string
  /** The id of its definition by HL7: in R4, or from `us-core-` on in US Core. Absent for a chain. */
  readonly definition?: string
  /** The elements (`json-path.ts`); absent if another parameter or a column already holds the values. */
  readonly paths?: readonly string[]
}
interface IdParameter extends Common {
  readonly kind: 'id'
}
/** `_lastUpdated`: a date that the store sets. */
interface UpdatedParameter extends Common {
  readonly kind: 'updated'
}
/**
 * A text, matched by its start with case and accents folded, or by `:exact` or `:contains`. A HumanName counts as its parts and
 * its full name.
 */
export interface StringParameter extends Common {
  readonly kind: 'string'
  /** Matched by whole words instead, so that nobody finds out a text letter by letter. */
  readonly words?: true
}
export interface TokenParameter extends Common {
  readonly kind: 'token'
  /** The system of a plain `code` element, whose value does not name it. */
  readonly system?: string
  /** The only systems that its codes have; another is refused, because its search would find nothing. */
  readonly systems?: readonly string[]
  /** Few resources share a value, so a search may start with this parameter. */
  readonly selective?: true
}
/** With the prefixes of `PREFIXES`. */
interface DateParameter extends Common {
  readonly kind: 'date'
}
/** With the prefixes of `PREFIXES`; `5.4|http://unitsofmeasure.org|mg`, `5.4||mg`, `5.4`. */
interface QuantityParameter extends Common {
  readonly kind: 'quantity'
}
export interface ReferenceParameter extends Common {
  readonly kind: 'reference'
  /** Types it may point to, which are also its modifiers: `subject:Patient`. `*` is any. */
  readonly targets: readonly string[] | '*'
  /** The parameter whose values it shares: `patient` is a `subject` that is a Patient. */
  readonly index?: string
}

type Parameters = Readonly<Record<string, SearchParameter>>

/** The stored types with their parameters, generated from R4's definitions by `scripts/generate-search-table.ts`. */
const GENERATED = table.parameters as unknown as Readonly<Record<string, Parameters>>

export type StoredType = keyof typeof table.parameters
export const STORED_TYPES: readonly string[] = Object.keys(GENERATED)

const ID: IdParameter = { kind: 'id', definition: 'Resource-id', doc: 'The logical id.' }
const LAST_UPDATED: UpdatedParameter = {
  kind: 'updated',
  definition: 'Resource-lastUpdated',
  doc: 'When this version was stored.',
}

const DICOM = 'http://dicom.nema.org/resources/ontology/DCM'
const OUTCOME = 'http://terminology.hl7.org/CodeSystem/audit-event-outcome'

/** The parameters of the access log, each a column of its table; names are looked up (`fhir/log/log-names.ts`). */
const AUDIT_EVENT: Parameters = {
  _id: ID,
  _lastUpdated: LAST_UPDATED,
  patient: {
    kind: 'reference',
    definition: 'AuditEvent-patient',
    targets: ['Patient'],
    doc: 'The patient whose record it concerns.',
  },
  'patient.name': {
    kind: 'string',
    words: true,
    doc: 'Name of the patient whose record it concerns, by whole words. Only with access to the whole log.',
  },
  'patient.identifier': {
    kind: 'token',
    selective: true,
    doc: 'A number of the patient whose record it concerns. Only with access to the whole log.',
  },
  date: { kind: 'date', definition: 'AuditEvent-date', doc: 'When it was recorded.' },
  'agent-name': {
    kind: 'string',
    definition: 'AuditEvent-agent-name',
    words: true,
    doc: 'Name of the person who acted, by whole words. Only with access to the whole log.',
  },
  agent: {
    kind: 'reference',
    definition: 'AuditEvent-agent',
    targets: ['Patient', 'Practitioner'],
    doc: 'The person who acted.',
  },
  type: {
    kind: 'token',
    definition: 'AuditEvent-type',
    systems: ['http://terminology.hl7.org/CodeSystem/audit-event-type', DICOM],
    doc: 'Code of the type: `rest`, `110114`, `110113`.',
  },
  subtype: {
    kind: 'token',
    definition: 'AuditEvent-subtype',
    system: KIND_SYSTEM,
    systems: [KIND_SYSTEM, 'http://hl7.org/fhir/restful-interaction', DICOM, 'urn:ihe:event-type-code'],
    doc: 'Kind of access: `read`, `search`, `sign-in`, `token` …, or the standard code beside it.',
  },
  outcome: {
    kind: 'token',
    definition: 'AuditEvent-outcome',
    system: OUTCOME,
    systems: [OUTCOME],
    doc: '`0` success, `4` refused, `8` failed.',
  },
}

/**
 * The search parameters of every type that can be searched. Indexing, the SQL, the parsing of requests and the
 * CapabilityStatement all follow this table.
 */
export const SEARCH_PARAMETERS: Readonly<Record<string, Parameters>> = {
  ...Object.fromEntries(
    Object.entries(GENERATED).map(([type, own]) => [type, { _id: ID, _lastUpdated: LAST_UPDATED, ...own }]),
  ),
  AuditEvent: AUDIT_EVENT,
}

/** Prefixes of dates and quantities (R4 search); `ap` is left out because nobody agrees how near is near. */
export const PREFIXES = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb'] as const
export type Prefix = (typeof PREFIXES)[number]

/** Checks whether a type has a `date` for `_sort=date` and `_sort=-date`. */
export const isSortableByDate = (type: string): boolean => SEARCH_PARAMETERS[type]?.date !== undefined

/** Checks whether a parameter allows `:missing`, which needs indexed values; those of the access log are columns instead. */
export const mayBeMissing = (parameter: SearchParameter): boolean =>
  parameter.paths !== undefined || (parameter.kind === 'reference' && parameter.index !== undefined)

/** Returns the modifiers that a parameter allows; any other is refused, never ignored. */
export const modifiersOf = (parameter: SearchParameter): readonly string[] => [
  ...(parameter.kind === 'string' ? ['exact', ...(parameter.words ? [] : ['contains'])] : []),
  ...(parameter.kind === 'reference' ? targetsOf(parameter) : []),
  ...(mayBeMissing(parameter) ? ['missing'] : []),
]

/** Returns the types that a bare id may belong to, and that a modifier may name. */
export const targetsOf = ({ targets }: ReferenceParameter): readonly string[] =>
  targets === '*' ? STORED_TYPES : targets
