import type { Problem } from './errors.ts'
import type { Extent } from './extent.ts'
import type { Flag, Term } from './terms.ts'
import type { Source } from './vitals.ts'

/**
 * The lists of a record, in the order of a doctor's first questions, and the types that each is made of: of FHIR R4, or `SocialHistory`,
 * the Observations of that category.
 */
export const lists = {
  allergies: ['AllergyIntolerance'],
  conditions: ['Condition'],
  medications: ['MedicationRequest', 'MedicationStatement'],
  immunizations: ['Immunization'],
  results: ['Observation', 'DiagnosticReport'],
  visits: ['Encounter'],
  procedures: ['Procedure'],
  social: ['SocialHistory'],
} as const satisfies Record<string, readonly string[]>

export type ListName = keyof typeof lists
export type RecordType = (typeof lists)[ListName][number]

export const listNames = Object.keys(lists) as ListName[]
export const recordTypes: RecordType[] = Object.values(lists).flat()

/** The types of FHIR R4 that the lists are made of. */
export const resourceTypes = recordTypes.filter((type) => type !== 'SocialHistory')

/**
 * The types that an export requests one by one if an organization does not offer `Patient/[id]/$everything`: whatever a list shows, and
 * some that none does.
 */
export const exportedTypes: readonly string[] = [
  ...new Set(['Patient', ...resourceTypes, 'CarePlan', 'CareTeam', 'DocumentReference', 'Goal']),
]

export const resourceTypeOf = (type: RecordType): (typeof resourceTypes)[number] =>
  type === 'SocialHistory' ? 'Observation' : type

/**
 * The resources of one type at one organization. Of Observations: those of the laboratory and those without a category; with
 * DiagnosticReports, also the Observations that are their results.
 */
export interface RecordList extends Extent {
  /** Unsorted. */
  entries: RecordEntry[]
  warning?: Problem
  /** Ids of Observations that reports name as their results and that the answer does not hold. */
  missingResults?: string[]
  /** Ids of Observations in the answer that are not shown as entries: cancelled ones, and panels without a value. */
  leftOut?: string[]
  readAt: number
  /** When the list came on screen with its marks; absent until then. */
  lookBegan?: number
}

/**
 * Ends a text of a record that is longer than Carekey reads, a list of such texts, and an element with a member that Carekey has no
 * words for; pages say there where to read the rest. No organization can write it, because `readableText` removes its second
 * character, which shows nothing.
 */
export const cutMark = '…\u2060'

export interface RecordEntry {
  id: string
  type: RecordType
  /** `system|code`, 10 at most. */
  codes: string[]
  /** Empty if the record has neither words nor a code for it. */
  name: string
  /**
   * FHIR's code: `active`, `stopped`. Empty if the record states none, or a usual one such as a final result. An order not to
   * take a medication has `do-not-take`, or `do-not-take stopped` if it is not active.
   */
  state: string
  /** FHIR date or dateTime: since when, or when. */
  date?: string
  /** The date in the record's own words: `in childhood`. */
  dateSaid?: string
  /** How old the person was: `34 a`. */
  age?: string
  value?: ResultValue
  /** An Observation that states no category, and has no member that only laboratories fill in. */
  unplaced?: true
  details: Detail[]
  /** `text.div` as received, with the `cutMark` at its end if it is cut; only its text may be shown. */
  narrative?: string
  /** It was not there when the list was read before, at this time. */
  newSince?: number
  source: Source
}

/** A result as written, in its own unit. */
export interface ResultValue {
  value: Term
  unit: string
  /** The laboratory's usual range: `3.5 – 5.1`. */
  range?: Term
  flag?: Flag
}

export interface Detail {
  what: DetailKind
  /** A part's own name. */
  name?: string
  /** Words, or a code of FHIR's own: `severe`. */
  text: Term
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
