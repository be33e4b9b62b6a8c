/** Where new readings of patients come from, for one request: all its waiting together is limited. */
export interface PatientFeed {
  /** The type of the readings. */
  readonly type: string
  /** Fetches what is new of a patient, before it is read. Returns a sentence about what is not here, if something is not. */
  bringUpToDate(patient: string): Promise<string | undefined>
  /** Returns the time up to which the readings of all patients are here, or nothing if all are up to date. */
  describeAll(): Promise<string | undefined>
}
