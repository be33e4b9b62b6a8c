import type { Reach } from './access.ts'
import type { Query } from './query.ts'

/**
 * Where resources come from: the embedded store, or another FHIR server behind the same guard. What is returned was
 * filtered by `reach`, totals included; what is out of reach is as if it did not exist.
 */
export interface ResourceSource {
  read(type: string, id: string, reach: Reach): Promise<StoredResource | undefined>
  search(query: Query, reach: Reach, after?: Position): Promise<Page>
}

export interface StoredResource {
  readonly id: string
  readonly version: number
  /** Milliseconds since 1970. */
  readonly lastUpdated: number
  readonly json: string
  /** Ids of the patients whose record it is part of; asked by the access log. */
  readonly patients: readonly string[]
}

export interface Page {
  /** All matches within reach, not only those of this page. */
  readonly total: number
  readonly resources: readonly { readonly id: string; readonly json: string }[]
  /** Where the next page begins; absent on the last. */
  readonly next?: Position
  /** Ids of the patients whose resources are on this page. */
  readonly patients: readonly string[]
}

/** The last row of a page, by its place in the order of the search. */
export interface Position {
  readonly date: number
  readonly key: number
}
