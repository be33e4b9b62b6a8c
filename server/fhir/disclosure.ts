import type { FhirError } from '../fhir-error.ts'
import type { Filter } from '../query/query.ts'

/**
 * Whose data an answer depended on. Were any other patient's data different or absent, the answer would be the same,
 * byte for byte; so each of these has an entry in the log.
 */
export interface Concerned {
  /** Ids of everybody who is shown, counted, or named in the search. */
  readonly patients: readonly string[]
  /** Ids of those for whom every filter of the search held. */
  readonly matched?: readonly string[]
  /** Whom the values of the search name. */
  readonly named?: NamedPatients
  /** Ids of the patients whose record a resource is part of, where it was read by its id. It may name others as well. */
  readonly owners?: readonly string[]
}

/** For each filter, and each of its values, whom it names: by their id, or by that of something of theirs. */
export type NamedPatients = ReadonlyMap<Filter, readonly Named[]>

export interface Named {
  readonly patients: ReadonlySet<string>
  /** Those whose own the value is: where it is the id of something in a record, the patients whose record that is. */
  readonly owners: ReadonlySet<string>
}

/** Collects whom the answer to a request concerns; the log's entries are made from it. */
export interface Trail {
  readonly concerned: Concerned[]
}

/**
 * What was read of the records, closed until the log's trail holds whom it concerns: nothing can be answered with it
 * before.
 */
export class Disclosure<Value> {
  readonly #value: Value
  readonly #concerned: Concerned
  readonly #refusal: FhirError | undefined

  private constructor(value: Value, concerned: Concerned, refusal?: FhirError) {
    this.#value = value
    this.#concerned = concerned
    this.#refusal = refusal
  }

  static of<Value>(value: Value, concerned: Concerned): Disclosure<Value> {
    return new Disclosure(value, concerned)
  }

  /** That an answer is refused may depend on somebody's data as well. */
  static refused(refusal: FhirError, concerned: Concerned): Disclosure<never> {
    return new Disclosure(undefined as never, concerned, refusal)
  }

  /** @throws FhirError where what was read is more than may be answered. */
  openFor({ concerned }: Trail): Value {
    concerned.push(this.#concerned)
    if (this.#refusal) throw this.#refusal
    return this.#value
  }
}
