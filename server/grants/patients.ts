import type { Access } from '../audit/access.ts'
import type { Filter } from '../query/query.ts'
import type { Account } from './authorization.ts'

/**
 * The patients of an organization as its own pages show them to a person: to pick one, and one of their visits. What it
 * holds is reached by looking, and whoever looks has it recorded: there is no other way to a name, a date or a count.
 */
export interface PatientDirectory {
  /**
   * Runs `work` with the patients in reach, and returns what it made of them once `viewer.record` has kept whom that
   * concerned: an entry for each of them, however much was looked at.
   */
  look<T>(viewer: Viewer<T>, work: (patients: Patients) => Promise<T>): Promise<T>
}

/** Who looks, and how that gets into the access log. */
export interface Viewer<T> {
  readonly account: Account
  /**
   * Keeps the entries, in the transaction of what comes of them; throws when that cannot be.
   *
   * @param seen empty where there is nothing to log: a patient saw what is their own, or nothing was looked at.
   */
  readonly record: (seen: readonly Seen[], made: T) => Promise<void>
}

/** What was seen, as the access log keeps it. */
export type Seen = Pick<Access, 'kind' | 'outcome' | 'reason' | 'entity' | 'query' | 'patients'>

export interface Patients {
  /** `malformed` when a field holds what cannot be searched for, such as a birthdate that is no date. */
  search(fields: PatientFields): Promise<FoundPatients | 'malformed'>
  find(id: string): Promise<ListedPatient | undefined>
  /** The newest first, as many as a page shows. */
  visits(patient: string): Promise<Visits>
  /** Read by its id, and of this patient. */
  visit(patient: string, id: string): Promise<Visit | undefined>
  /** How many resources the patient's record holds, of these types and found by these filters. */
  count(patient: string, counted: Counted): Promise<number>
}

export interface Counted {
  readonly types: readonly string[]
  readonly filters: readonly Filter[]
  /** The filters as they were asked for, for the log. */
  readonly query?: string | undefined
}

/** The six fields of the search form; an empty one asks for nothing. */
export type PatientFields = Readonly<Partial<Record<(typeof PATIENT_FIELDS)[number], string>>>
export const PATIENT_FIELDS = ['name', 'given', 'family', 'gender', 'identifier', 'birthdate'] as const

export interface FoundPatients {
  /** More fit than stand here. */
  readonly more: boolean
  readonly patients: readonly ListedPatient[]
}

export interface ListedPatient {
  readonly id: string
  readonly name: string
  readonly birthDate?: string
  readonly gender?: string
  readonly identifier?: string
}

export interface Visit {
  readonly id: string
  readonly what: string
  /** A FHIR dateTime. */
  readonly start?: string
  /** What it names besides the patient: where it was and with whom, as relative references. */
  readonly references: readonly string[]
}

/** A patient's visits as a page lists them; `total` of them there are. */
export interface Visits {
  readonly total: number
  readonly listed: readonly Visit[]
}
