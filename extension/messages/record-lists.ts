import type { Problem } from './errors.ts'
import type { Source } from './vitals.ts'

/** The lists of a record, and the types of FHIR R4 resources that each is made of. */
export const lists = {
  conditions: ['Condition'],
  medications: ['MedicationRequest', 'MedicationStatement'],
  allergies: ['AllergyIntolerance'],
  immunizations: ['Immunization'],
  results: ['Observation', 'DiagnosticReport'],
  care: ['Encounter', 'Procedure'],
} as const satisfies Record<string, readonly string[]>

export type ListName = keyof typeof lists
export type RecordType = (typeof lists)[ListName][number]

export const listNames = Object.keys(lists) as ListName[]
export const recordTypes: RecordType[] = Object.values(lists).flat()

/** One organization's resources of one type; of Observations, those of the laboratory and those without a category. */
export interface RecordList {
  /** Unsorted. */
  entries: RecordEntry[]
  /** There was more than the limits allow. */
  cut: boolean
  warning?: Problem
  readAt: number
  /** Why the organization cannot be reached; the entries are then the copy of `readAt`. */
  copyBecause?: Problem
}

export interface RecordEntry {
  id: string
  type: RecordType
  /** `system|code`, 10 at most. */
  codes: string[]
  /** Empty if the record has neither words nor a code for it. */
  name: string
  /** FHIR's code: `active`, `stopped`. Empty if the record states none, or a usual one such as a final result. */
  state: string
  /** FHIR date or dateTime: since when, or when. */
  date?: string
  /** The date in the record's own words: `in childhood`. */
  dateSaid?: string
  /** How old the person was: `34 a`. */
  age?: string
  value?: ResultValue
  /** An Observation that states no category, and holds nothing that only laboratories write. */
  unplaced?: true
  details: Detail[]
  /** `text.div` as received; only its text may be shown. */
  narrative?: string
  source: Source
}

/** A result as written, in its own unit. */
export interface ResultValue {
  value: string
  unit: string
  /** The laboratory's usual range: `3.5 – 5.1`. */
  range?: string
  flag?: Flag
}

/** The laboratory's interpretation of a value: https://hl7.org/fhir/R4/valueset-observation-interpretation.html */
export type Flag = 'high' | 'low' | 'very_high' | 'very_low' | 'abnormal'

export interface Detail {
  what: DetailKind
  /** Words, or a code of FHIR's own: `severe`. */
  text: string
}

export type DetailKind =
  | 'absent'
  | 'by'
  | 'category'
  | 'conclusion'
  | 'criticality'
  | 'document'
  | 'dosage'
  | 'dose'
  | 'ended'
  | 'intent'
  | 'last_time'
  | 'lot'
  | 'maker'
  | 'meaning'
  | 'method'
  | 'note'
  | 'part'
  | 'place'
  | 'reaction'
  | 'reason'
  | 'severity'
  | 'site'
  | 'specimen'
  | 'stage'
  | 'verification'
  | 'why'
  | 'with'
