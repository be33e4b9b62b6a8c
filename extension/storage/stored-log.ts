// The stored values of access logs. `items.ts` states where they are kept.

/** An `OwnRequest` of the log's checker. */
export interface StoredRequest {
  id: string
  at: number
  servedAt?: number
  what: string
  shown?: true
}

/** A journal of the reads that were sent. */
export interface StoredJournal {
  /** The journal is complete from this time on; milliseconds since 1970. */
  since: number
  /** The oldest first. */
  requests: StoredRequest[]
}

/** The key of a request: its journal, when it was sent, and its id. */
export type RequestKey = [journal: string, at: number, id: string]

/** Storage for journals, one row per request. Every function throws the browser's errors, a quota error among them. */
export interface RequestStore {
  /** Returns the time from which each journal is complete, by its name. */
  journals(): Promise<Record<string, number>>
  /** Stores the time from which a journal is complete. */
  begin(journal: string, since: number): Promise<void>
  /**
   * Stores a request in one transaction, and `since` as the time from which its journal is complete, unless the journal has one.
   * Returns how many requests the journal now holds, and when its oldest was sent.
   */
  put(key: RequestKey, request: StoredRequest, since: number): Promise<{ count: number; oldest: number }>
  /** Changes a request in one transaction, if it is still stored. `to` also gets the keys of all requests with this id. */
  change(
    key: RequestKey,
    id: string,
    to: (request: StoredRequest, withId: readonly RequestKey[]) => StoredRequest,
  ): Promise<void>
  /** Returns a journal's keys in the order of time. */
  keys(journal: string): Promise<RequestKey[]>
  /** The oldest first. */
  all(journal: string): Promise<StoredRequest[]>
  remove(keys: readonly RequestKey[]): Promise<void>
  drop(journal: string): Promise<void>
  clear(): Promise<void>
}

export interface StoredLogAlarm {
  /**
   * The pages that failed a check, 50 at most: an empty text for the first page, the SHA-256 of its address for any other. Each
   * stays until it is proven.
   */
  pages?: string[]
  /** Written by an earlier version: the address of the one page. */
  page?: string
  /** Ids of own reads that the log has no entry of. Each stays until its entry is found. */
  missing?: string[]
}

export interface LogSeen {
  /** A FHIR instant; entries recorded after it are new. */
  upTo: string
  /** When everything up to `upTo` was on screen, in milliseconds since 1970; absent if it never was. */
  at?: number
  /** Ids of new accesses that have been on screen. */
  ids?: string[]
}

export interface NewAccesses {
  /** `at`: milliseconds since 1970. */
  found: { id: string; at: number }[]
  /** The page ends with new accesses, so there may be more. */
  more: boolean
}

/** A `KeptCheckpoint` of the log's checker. */
export interface StoredCheckpoint {
  key: string
  note: string
  keptAt: number
}

/** `KnownEntries` of the log's checker. */
export interface StoredKnownEntries {
  places: [count: number, index: number, recorded: number][]
  waiting: { id: string; recorded: number; since: number }[]
}

/** Two notes that one key signed. */
export interface StoredFork {
  /** A C2SP vkey. */
  key: string
  kept: string
  other: string
  /** Milliseconds since 1970. */
  foundAt: number
  /** `other` has fewer entries, so it may be an older checkpoint of the same log. A later proof decides. */
  smaller?: boolean
}
