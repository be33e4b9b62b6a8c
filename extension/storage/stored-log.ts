// What is stored of access logs. `items.ts` says where.

export interface OwnRequests {
  /** All that was sent since then is kept; milliseconds since 1970. */
  since: number
  /** `OwnRequest`s of the log's checker, in the order they were sent in. */
  requests: { id: string; at: number; servedAt?: number; what: string; shown?: true }[]
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
