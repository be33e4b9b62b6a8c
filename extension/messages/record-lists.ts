import type { Problem } from './errors.ts'
import type { Source } from './vitals.ts'

/** The lists of a record, and the types of FHIR R4 resources that each is made of. */
export const lists = {
  conditions: ['Condition'],
  medications: ['MedicationRequest', 'MedicationStatement'],
  allergies: ['AllergyIntolerance'],
  immunizations: ['Immunization'],
  results: ['Observation', 'DiagnosticReport'],
} as const satisfies Record<string, readonly string[]>

export type ListName = keyof typeof lists
export type RecordType = (typeof lists)[ListName][number]

export const listNames = Object.keys(lists) as ListName[]
export const recordTypes: RecordType[] = Object.values(lists).flat()

/** What one organization has of one type. Of Observations, those of the laboratory. */
export interface RecordList {
  /** In no order. */
  entries: RecordEntry[]
  /** There was more than is read. */
  cut: boolean
  warning?: Problem
  readAt: number
  /** The organization cannot be reached, and why: this is what was last read there, at `readAt`. */
  copyBecause?: Problem
}

export interface RecordEntry {
  id: string
  type: RecordType
  /** `system|code`, 10 at most. */
  codes: string[]
  /** Empty where the record has neither words nor a code for it. */
  name: string
  /** As FHIR codes it: `active`, `stopped`. Empty where nothing is said, or what is usual: a final result. */
  state: string
  /** FHIR date or dateTime: since when, or when. */
  date?: string
  /** In the record's words, where it has no date: `in childhood`. */
  dateSaid?: string
  /** How old the person was: `34 a`. */
  age?: string
  value?: ResultValue
  details: Detail[]
  /** `text.div`, as it came: only text may be made of it. */
  narrative?: string
  source: Source
}

/** As it is written, in its own unit. */
export interface ResultValue {
  value: string
  unit: string
  /** What the laboratory holds to be usual: `3.5 – 5.1`. */
  range?: string
  flag?: Flag
}

/** What the laboratory says of a value: https://hl7.org/fhir/R4/valueset-observation-interpretation.html */
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
  | 'reaction'
  | 'reason'
  | 'severity'
  | 'site'
  | 'specimen'
  | 'stage'
  | 'verification'
  | 'why'
