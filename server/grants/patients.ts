import type { LoggedAccess } from '../audit/entry/access-event.ts'
import type { Filter } from '../query/query.ts'
import type { Account } from './authorization.ts'

/**
 * The patients of an organization, for its own pages, on which a person picks a patient and a visit. Names, dates and counts are
 * read only through `view`, which logs every access.
 */
export interface PatientDirectory {
  /**
   * Runs `work` with the patients in reach, and returns its result once `viewer.record` has stored an entry for each patient
   * concerned, however much was viewed and also if the work fails. Each account has one view at a time; others wait for it.
   *
   * @throws FhirError 503 when too many wait, or for too long; and any error of `work` or `viewer.record`.
   */
  view<T>(viewer: Viewer<T>, work: (patients: Patients) => Promise<T>): Promise<T>
}

/** The account that views patients, and the function that logs what it viewed. */
interface Viewer<T> {
  readonly account: Account
  /**
   * Stores the entries, in the same transaction as the changes that depend on the result.
   *
   * @param accesses empty if nothing was viewed. A person's own record is logged too.
   * @param result absent if the work failed, or could not be recorded with its result.
   * @throws StoreUnavailable when they cannot be stored.
   */
  readonly record: (accesses: readonly ViewAccess[], result?: T) => Promise<void>
}

/** One access to log. */
export type ViewAccess = Pick<LoggedAccess, 'kind' | 'outcome' | 'reason' | 'entity' | 'query' | 'patients'>

export interface Patients {
  /** Returns `malformed` if a field holds a value that cannot be searched for, such as an invalid birth date. */
  search(fields: PatientFields): Promise<FoundPatients | 'malformed'>
  find(id: string): Promise<ListedPatient | undefined>
  /** Like `find`, and also `undefined` if the patient cannot be read now. */
  findIfReadable(id: string): Promise<ListedPatient | undefined>
  /** Returns the newest visits first, as many as a page shows. */
  visits(patient: string): Promise<Visits>
  /** Reads a visit by its id, if it belongs to this patient. */
  visit(patient: string, id: string): Promise<Visit | undefined>
  /**
   * Returns a function that counts the resources of these types in the patient's record that match these filters; `undefined` if they
   * cannot be counted now.
   *
   * @param late tells that nothing more is to be counted.
   */
  counter(late: AbortSignal): (patient: string, query: CountQuery) => Promise<number | undefined>
}

export interface CountQuery {
  readonly types: readonly string[]
  readonly filters: readonly Filter[]
  /** The filters as they were requested, for the log. */
  readonly query?: string | undefined
}

/** The six fields of the search form, and its one box as it was understood. An empty one is ignored; all others must fit. */
export type PatientFields = Readonly<Partial<Record<(typeof PATIENT_FIELDS)[number], string>>> & {
  readonly anything?: PatientWords
}

/** What was typed into the one box. */
interface PatientWords {
  /** Words of the name, in any case and order. */
  readonly names?: readonly string[]
  /** A FHIR date: a day or a month. */
  readonly birthdate?: string
  /** Forms in which one number may be recorded. */
  readonly numbers?: readonly string[]
}
export const PATIENT_FIELDS = ['name', 'given', 'family', 'gender', 'identifier', 'birthdate'] as const

interface FoundPatients {
  /** More patients match than are listed. */
  readonly hasMore: boolean
  readonly patients: readonly ListedPatient[]
}

export interface ListedPatient {
  readonly id: string
  readonly name: string
  readonly birthDate?: string
  /** The day of death as recorded, or true if only the death is. */
  readonly deceased?: string | true
  readonly gender?: string
  readonly identifier?: string
}

export interface Visit {
  readonly id: string
  readonly label: string
  /** A FHIR dateTime. */
  readonly start?: string
}

/** A patient's visits as a page lists them; `total` counts all of them. */
export interface Visits {
  readonly total: number
  readonly newest: readonly Visit[]
}
