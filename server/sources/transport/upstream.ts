/**
 * Whether a server upstream works, as a request has shown. `refused`: it refuses Carekey's credential, or the credential's file cannot be
 * read. `away`: there was no answer, or none that a FHIR server gives.
 */
export type Health = 'working' | 'refused' | 'away'

/** Another FHIR server, for the source that stands in front of it. Access to its answers has not been decided yet. */
export interface Upstream {
  /**
   * Reads a resource; `undefined` if there is none (404), `gone` if it was deleted (410).
   *
   * @throws FhirError 502, 503 or 504 in our own words, here and below.
   */
  read(type: string, id: string, terms?: ReadingTerms): Promise<UpstreamResource | 'gone' | undefined>
  /** Finds out how it takes searches, unless that is known; that may take several requests. */
  prepare(): Promise<void>
  /**
   * Searches for a page, by GET or by POST to `_search`.
   *
   * @param parameters written by this server, never copied from a request.
   */
  search(type: string, parameters: URLSearchParams, terms?: ReadingTerms): Promise<UpstreamPage>
  /** Reads the page that an earlier page named as its `next`. */
  follow(next: string, terms?: ReadingTerms): Promise<UpstreamPage>
  /** Finds out whether it works, by a read of a patient who does not exist, unless something was read just now. Never rejects. */
  health(): Promise<Health>
  /** What it offers, according to its CapabilityStatement; read at the start and every hour. */
  offer(): Promise<UpstreamOffer>
}

/** What stands for whoever an answer is read for. */
export interface ReadingTerms {
  /** Tells that the answer is no longer wanted. */
  readonly left: AbortSignal
  /** Counts so many further bytes of memory, before they are taken. @throws FhirError 503 or 502 when there is no room for them. */
  readonly receive?: (bytes: number) => void
}

export interface UpstreamResource {
  readonly type: string
  readonly id: string
  /** `meta.versionId`. */
  readonly version?: string
  /** `meta.lastUpdated` in milliseconds since 1970; 0 if it has none. */
  readonly lastUpdated: number
  readonly resource: Readonly<Record<string, unknown>>
  /** Compact text, numbers as written, references to the base made relative. */
  readonly json: string
  /** Its entry in a page has the `search.mode` "include". */
  readonly included?: boolean
}

export interface UpstreamPage {
  /** Every entry except OperationOutcomes, in order, whatever its `search.mode` is. */
  readonly resources: readonly UpstreamResource[]
  /** Set if it holds an OperationOutcome, which says what upstream did differently from the request. */
  readonly hasRemark?: boolean
  /** Set if such a remark may mean that results are missing (`saysIncomplete`). */
  readonly isIncomplete?: boolean
  /** How many matches it states that there are, on all pages. Only compared with those that came. */
  readonly total?: number
  /** Where the next page is, relative to the base; absent on the last. */
  readonly next?: string
}

/** What it offers of each resource type. */
export type UpstreamOffer = ReadonlyMap<string, OfferedType>

export interface OfferedType {
  readonly read: boolean
  readonly search: boolean
  /** It is not offered any more, but was since the start. */
  readonly isLost?: true
  /** Names of search parameters, including those of all types. */
  readonly parameters: ReadonlySet<string>
  /** Values of `_include` that it accepts. */
  readonly includes: ReadonlySet<string>
}
