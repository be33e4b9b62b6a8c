import type { Query } from '../query/query.ts'
import type { Reach, ReachOf } from './access.ts'
import type { Disclosure } from './disclosure.ts'

/**
 * Where resources come from: the embedded store, or another FHIR server behind the same guard. What is returned was
 * filtered by what the holder reaches, totals and included resources too; what is out of reach is as if it did not exist. It
 * comes closed, and is opened by handing over whom it concerns to the access log.
 */
export interface ResourceSource {
  read(type: string, id: string, reach: Reach): Promise<Disclosure<StoredResource | undefined>>
  /**
   * @param reach of the type that is searched.
   * @param reachOf of the types that are included; without it none are.
   */
  search(query: Query, reach: Reach, after?: Position, reachOf?: ReachOf): Promise<Disclosure<Page>>
  /** A patient's compartment, and what is of nobody in particular but named there. */
  everything(query: EverythingQuery, reachOf: ReachOf, after?: Position): Promise<Disclosure<Page>>
  /** The texts of a page in their order, a few at a time; `undefined` for what has changed since. */
  bring(entries: readonly PageEntry[]): AsyncIterable<readonly [PageEntry, string | undefined]>
}

/** Resources that may come along with one page. */
export const MOST_INCLUDED = 1_000

/** `Patient/[id]/$everything`; of the patient whom `patient` names. */
export interface EverythingQuery {
  readonly patient: string
  readonly types: readonly string[]
  /** Only what was stored since, milliseconds since 1970. */
  readonly since?: number
  /** Resources on a page, without the included ones. */
  readonly count: number
}

export interface StoredResource {
  readonly id: string
  readonly version: number
  /** Milliseconds since 1970. */
  readonly lastUpdated: number
  readonly json: string
}

export interface Page {
  /** All matches within reach, not only those of this page; absent where they were not counted. */
  readonly total?: number
  readonly resources: readonly PageEntry[]
  /** What came along with them, each once, and none of them a match. */
  readonly included?: readonly PageEntry[]
  /** More would have come along than one page takes. */
  readonly cut?: boolean
  /** Where the next page begins; absent on the last. */
  readonly next?: Position
}

export interface PageEntry {
  readonly type: string
  readonly id: string
  readonly json: string | LateText
}

export const textSize = (entry: PageEntry | undefined): number =>
  entry === undefined ? 0 : typeof entry.json === 'string' ? entry.json.length : entry.json.size

/** A text that is too large to wait in memory: `bring` reads it when it is sent. */
export interface LateText {
  readonly key: number
  /** Which the decision was about. */
  readonly version: number
  /** In bytes. */
  readonly size: number
}

/** The last row of a page, by its place in the order of the search. */
export interface Position {
  /** By what it was sorted, where it was sorted. */
  readonly at?: number | string
  readonly key: number
}
