// What is stored of access logs. `items.ts` says where.

/** An `OwnRequest` of the log's checker. */
export interface StoredRequest {
  id: string
  at: number
  servedAt?: number
  what: string
  shown?: true
}

/** A journal of what was sent. */
export interface OwnRequests {
  /** From then on it is complete; milliseconds since 1970. */
  since: number
  /** The oldest first. */
  requests: StoredRequest[]
}

/** Where a request lies: its journal, when it was sent, and under which id. */
export type RequestKey = [journal: string, at: number, id: string]

/** Where journals lie, one row a request. All reject where the browser does; `begin`, `put` and `replace` also where there is no room. */
export interface RequestStore {
  /** From when on each journal is complete, by its name. */
  journals(): Promise<Record<string, number>>
  /** Keeps from when on a journal is complete. */
  begin(journal: string, since: number): Promise<void>
  put(key: RequestKey, request: StoredRequest): Promise<void>
  /** Only where it still lies there. */
  replace(key: RequestKey, request: StoredRequest): Promise<void>
  find(key: RequestKey): Promise<StoredRequest | undefined>
  /** In the order of time. */
  keys(journal: string): Promise<RequestKey[]>
  /** The oldest first. */
  all(journal: string): Promise<StoredRequest[]>
  /** The journals in which a request bears this id. */
  bearing(id: string): Promise<RequestKey[]>
  remove(keys: readonly RequestKey[]): Promise<void>
  drop(journal: string): Promise<void>
  clear(): Promise<void>
}

export interface StoredLogAlarm {
  /** The pages that did not hold, 50 at most: empty is the first, another is the SHA-256 of its address. Each stays until it holds. */
  pages?: string[]
  /** Of an earlier version: the address of the one page. */
  page?: string
  /** Ids of own reads that the log has no entry of. Each stays until its entry is found. */
  missing?: string[]
}

export interface LogSeen {
  /** A FHIR instant: what was recorded after it is new. */
  upTo: string
  /** When all up to there was on screen, in milliseconds since 1970; absent where the list never was. */
  at?: number
  /** Those of the new ones that have been on screen. */
  ids?: string[]
}

export interface NewAccesses {
  /** `at`: milliseconds since 1970. */
  found: { id: string; at: number }[]
  /** The page that was looked at ends with them: there may be more. */
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

/** Signed notes of one key. */
export interface StoredFork {
  /** A C2SP vkey. */
  key: string
  kept: string
  other: string
  /** Milliseconds since 1970. */
  foundAt: number
  /** The other one is over fewer entries: until the log goes on, it may be an older one of the same log. */
  smaller?: boolean
}
