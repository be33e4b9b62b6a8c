import type { Account, Authorization } from '../../grants/authorization.ts'
import type { Query } from '../../query/query.ts'
import type { Holder } from '../../turns.ts'
import type { Reach, ReachOf } from './decide-access.ts'
import type { Disclosure } from './disclosure.ts'

/** For whom a source works. */
export interface Asker {
  readonly holder: Holder
  /** Tells that the answer is no longer wanted. */
  readonly left: AbortSignal
}

export const holderOfAccount = ({ id }: Account): Holder => ({ name: `account ${id}` })

/** Returns the holder who has the turns and the memory of requests with a token. */
export const holderOfToken = ({ account, clientId }: Authorization): Holder =>
  account ? { ...holderOfAccount(account), application: clientId } : { name: `client ${clientId}` }

/** Where everybody's resources come from. Only one who is named gets any, so that a source can share itself between those who ask. */
export interface SharedSource {
  /** @returns the source for one request. */
  askedBy(asker: Asker): ResourceSource
  /** As `ResourceSource.offer`. */
  offer?(): Promise<SourceOffer>
}

/**
 * Where resources come from: the embedded store, or another FHIR server behind the same guard. All results are limited to the
 * holder's reach, totals and included resources too, as if nothing else existed. They are disclosures, which open only when the
 * patients they concern are handed over to the access log.
 */
export interface ResourceSource {
  read(type: string, id: string, reach: Reach): Promise<Disclosure<StoredResource | undefined>>
  /**
   * @param reach of the type that is searched.
   * @param reachOf of the types that are included; without it none are.
   */
  search(query: Query, reach: Reach, after?: Position, reachOf?: ReachOf): Promise<Disclosure<Page>>
  /** Reads a patient's compartment, and the shared resources that it names. */
  everything(query: EverythingQuery, reachOf: ReachOf, after?: Position): Promise<Disclosure<Page>>
  /**
   * Yields the texts of a page in their order, a few at a time; `undefined` for a resource that has changed since the page was
   * read.
   */
  streamTexts(entries: readonly PageEntry[]): AsyncIterable<readonly [PageEntry, string | undefined]>
  /** What it offers now; if absent, everything that this server can answer. The access log is always offered. */
  offer?(): Promise<SourceOffer>
  /** Entries of a batch that are worked on at the same time; 1 if absent. */
  readonly atOnce?: number
}

/** What a source offers of each type. */
export type SourceOffer = ReadonlyMap<
  string,
  { readonly read: boolean; readonly search: boolean; readonly parameters: ReadonlySet<string> }
>

/** The most resources that may be included with one page. */
export const MOST_INCLUDED = 1_000

/** A request for `Patient/[id]/$everything`; `patient` is the id. */
export interface EverythingQuery {
  readonly patient: string
  readonly types: readonly string[]
  /** Only resources stored at this time or later; milliseconds since 1970. */
  readonly since?: number
  /** Resources on a page, without the included ones. */
  readonly count: number
}

export interface StoredResource {
  readonly id: string
  /** Absent, like the time, if the source does not state it. */
  readonly version?: number | string
  /** Milliseconds since 1970. */
  readonly lastUpdated?: number
  readonly json: string
}

export interface Page {
  /** All matches within reach, not only those of this page; absent if they were not counted. */
  readonly total?: number
  readonly resources: readonly PageEntry[]
  /** Included resources, each once, and none that is among `resources`. */
  readonly included?: readonly PageEntry[]
  /** The parameters of the access log by whose names or numbers nobody is known. */
  readonly nobody?: readonly string[]
  /** More resources would have been included than one page takes. */
  readonly cut?: boolean
  /** The types that the source holds of a patient's record, and that are not read here. */
  readonly unread?: readonly string[]
  readonly doubts?: ReadonlySet<Doubt>
  /** Where the next page begins; absent on the last. */
  readonly next?: Position
}

/** How the source fell short of what was asked: it left something out, or did not keep to the order. */
export type Doubt = 'incomplete' | 'unsorted'

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
  /** The version that access was decided for. */
  readonly version: number
  /** In bytes. */
  readonly size: number
}

/** Where a page ends, by its last row's place in the order of the search. */
export interface Position {
  /** The row's sort value; absent if the order is only by key. */
  readonly at?: number | string
  readonly key: number
  /** For a source without keys: where its next row is, in a form of its own. */
  readonly place?: string
}

/** Where new readings of patients come from, for one request: all its waiting together is limited. */
export interface PatientFeed {
  /** The type of the readings. */
  readonly type: string
  /** Fetches what is new of a patient, before it is read. Returns a sentence about what is not here, if something is not. */
  bringUpToDate(patient: string): Promise<string | undefined>
  /** Returns the time up to which the readings of all patients are here, or nothing if all are up to date. */
  describeAll(): Promise<string | undefined>
}
