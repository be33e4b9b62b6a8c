import { type FhirError, tooManyPatients } from '../../fhir-error.ts'
import type { Filter } from '../../query/query.ts'

/** The most patients whom one answer may concern: an entry for each takes a tenth of a millisecond, for which everybody else waits. */
export const MOST_CONCERNED = 600

/**
 * The patients on whose data an answer depended. If any other patient's data were different or absent, the answer would be the
 * same, byte for byte; so each of these patients has an entry in the log.
 */
export interface ConcernedPatients {
  /** Ids of all patients who are shown, counted, or named in the search. */
  readonly patients: readonly string[]
  /** Ids of those for whom every filter of the search held. A patient to whom a match only refers is not one of them. */
  readonly matched?: readonly string[]
  /** Patients whom the values of the search name. */
  readonly named?: NamedPatients
  /** For a read by id: the ids of the patients whose record holds the resource. It may name other patients as well. */
  readonly owners?: readonly string[]
}

/** The patients whom each value of each filter names: by their id, a resource of theirs, or an identifier. */
export type NamedPatients = ReadonlyMap<Filter, readonly ValuePatients[]>

export interface ValuePatients {
  readonly patients: ReadonlySet<string>
  /** The patients to whom the value belongs: if it is the id of a resource in a record, the patients of that record. */
  readonly owners: ReadonlySet<string>
}

/** Collects the patients whom an answer concerns; the log's entries are made from it. */
export interface Trail {
  readonly concerned: ConcernedPatients[]
}

/**
 * A value read from the records, closed until the log's trail holds the patients whom it concerns: no answer can use it before.
 */
export class Disclosure<Value> {
  readonly #value: Value
  readonly #concerned: ConcernedPatients
  readonly #refusal: FhirError | undefined

  private constructor(value: Value, { patients, ...concerned }: ConcernedPatients, refusal?: FhirError) {
    this.#value = value
    // One more than allowed gets an entry, which shows that there were more.
    this.#concerned = { ...concerned, patients: patients.slice(0, MOST_CONCERNED + 1) }
    this.#refusal = refusal
  }

  /** A value that concerns too many patients is refused. */
  static of<Value>(value: Value, concerned: ConcernedPatients): Disclosure<Value> {
    const isTooMany = concerned.patients.length > MOST_CONCERNED
    return new Disclosure(value, concerned, isTooMany ? tooManyPatients(MOST_CONCERNED) : undefined)
  }

  /** Makes a refusal. It concerns patients too, because it may depend on their data. */
  static refused(refusal: FhirError, concerned: ConcernedPatients): Disclosure<never> {
    return new Disclosure(undefined as never, concerned, refusal)
  }

  /**
   * Adds the patients to the trail and returns the value.
   *
   * @throws FhirError when the answer is refused, because it concerns or counts too many patients.
   */
  openFor({ concerned }: Trail): Value {
    concerned.push(this.#concerned)
    if (this.#refusal) throw this.#refusal
    return this.#value
  }
}
