// The stored values of access logs. `items.ts` states where they are kept.

/** A read that this browser sent. It holds nothing of the record. */
export interface OwnRequest {
  /** The `X-Request-Id` of the answer, or else the one that was sent. */
  id: string
  /** When it was sent, by this browser's clock; milliseconds since 1970. */
  at: number
  /** The id of the connection; absent during a sign-in. */
  connection?: string
  /** When it was answered, by the server's clock (`Date`); absent before that, or if the answer has no `Date`. */
  servedAt?: number
  /** The requested type, such as `Observation`; empty if the address names none. `sign-in` for a sign-in, which is no read. */
  what: string
  /** When a sign-in ended, by this browser's clock. */
  until?: number
  /** The answer showed data of the connection's patient, so an honest log has an entry of it. */
  shown?: true
}

/** A journal of the reads that were sent. */
export interface StoredJournal {
  /** The journal is complete from this time on; milliseconds since 1970. */
  since: number
  /** Until when its deleted reads can have been sent; absent if none was deleted. */
  lost?: number | undefined
  /** The oldest first. */
  requests: OwnRequest[]
}

/** Milliseconds within which requests count as concurrent, and may be logged in either order. */
export const concurrency = 60_000

/** Milliseconds by which a clock may be wrong for a while. */
export const mostWrong = 86_400_000

/** Whether the organization dates a request more than a day away from this browser, which says nothing. */
export const isFar = ({ at, servedAt = at }: OwnRequest): boolean => Math.abs(servedAt - at) > mostWrong

/** The latest time at which a request can have been sent, by either clock. */
export const untilOf = (request: OwnRequest): number =>
  isFar(request) ? request.at : Math.max(request.at, request.servedAt ?? request.at)

/** What a journal still knows of the requests that it held. */
export interface JournalState {
  /** It is complete from this time on; milliseconds since 1970. */
  since: number
  /** Until when the deleted requests of each connection can have been sent, by its id. */
  lost?: Record<string, number>
}

/** The state of a journal from which requests are deleted: an organization must not be able to have its reads forgotten unnoticed. */
export const withoutRequests = (
  { since, lost }: JournalState,
  deleted: readonly OwnRequest[],
  completeSince: number,
): JournalState => {
  const lostUntil = new Map(Object.entries(lost ?? {}))
  for (const request of deleted)
    if (request.connection !== undefined)
      lostUntil.set(request.connection, Math.max(lostUntil.get(request.connection) ?? 0, untilOf(request)))
  return { since: Math.max(since, completeSince), lost: Object.fromEntries(lostUntil) }
}

/** The name of the journal of all connections at a FHIR base. That of the sign-ins there is the base alone. */
export const readsAt = (fhirBase: string): string => `${fhirBase} reads`

export const baseOfJournal = (journal: string): string => journal.split(' ', 1)[0] ?? ''

/** The key of a request: its journal, when it was sent, and its id. */
export type RequestKey = [journal: string, at: number, id: string]

/** Storage for journals, one row per request. Every function throws the browser's errors, a quota error among them. */
export interface RequestStore {
  /** By name. */
  journals(): Promise<Record<string, JournalState>>
  /**
   * Stores a request in one transaction, and `since` as the time from which its journal is complete, unless the journal has one.
   * Returns how many requests the journal now holds, and when its oldest was sent.
   */
  put(key: RequestKey, request: OwnRequest, since: number): Promise<{ count: number; oldest: number }>
  /** Changes a request in one transaction, if it is still stored. `to` also gets the keys of all requests with this id. */
  change(
    key: RequestKey,
    id: string,
    to: (request: OwnRequest, withId: readonly RequestKey[]) => OwnRequest,
  ): Promise<void>
  /** Returns a journal's keys in the order of time. */
  keys(journal: string): Promise<RequestKey[]>
  /** The oldest first. */
  all(journal: string): Promise<OwnRequest[]>
  /** Deletes requests of one journal, and changes its state in the same transaction (`withoutRequests`). */
  remove(keys: readonly RequestKey[], completeSince: number): Promise<void>
  /** Deletes all requests, as `remove`. */
  makeRoom(): Promise<void>
  /** Deletes a journal without a trace. */
  drop(journal: string): Promise<void>
  /** Deletes everything without a trace. */
  clear(): Promise<void>
}

/** Where a proven entry lies: its number, its index in the log's tree, and its time (milliseconds since 1970). */
export type KnownPlace = [number: number, index: number, recorded: number]

/** What this browser knows of one connection's access log (`KnownLog` of the log's checker). It holds nothing personal. */
export interface StoredKnownLog {
  /** The 500 proven entries with the highest numbers, the highest first. */
  places: KnownPlace[]
  /**
   * Entries that were shown but are not proven yet, 200 at most unless two looks ran at once; `since` is when this browser first saw
   * them, by its own clock, and `text` the SHA-256 of their text.
   */
  waiting: { id: string; recorded: number; since: number; text: string }[]
  /** Every number up to this one was on a proven page; absent before the first look at a whole log. */
  readThrough?: number | undefined
  /** Every entry recorded up to this time was on a page, whether it was proven or not; milliseconds since 1970. */
  readUpTo: number
  /**
   * The erasure with which the log begins: when it says that it was, and since when this browser knows of it; milliseconds since 1970.
   * Absent until a list was read down to it.
   */
  beginning?: { recorded: number; since: number } | undefined
  /** The last look has not come down to what was read before. */
  isBehind?: true | undefined
  /** Where the last look stopped because it had cost enough, before it came down to what was read earlier. */
  resume?: string | undefined
  seen: {
    /** Every number up to this one counts as having been on screen; absent until a whole list was read. */
    through?: number | undefined
    /** How many entries the log's tree had at the first proven look, until `through` is known. Those behind them are new. */
    size?: number | undefined
    /** The lowest number that counts as new, until `through` is known. */
    lowestNew?: number | undefined
    /** When the person first signed in, or, of a log without proofs, up to when it was on screen; milliseconds since 1970. */
    since: number
    /** Up to when entries without a number count as having been on screen; milliseconds since 1970. */
    upTo: number
    /** When everything was on screen last; absent if it never was. */
    at?: number | undefined
    /** New accesses, and erasures, that were on screen one by one, 2,000 at most. `number` and `text` are as in `fresh`. */
    accesses: {
      id: string
      number?: number | undefined
      text?: string | undefined
      isErasure?: true
    }[]
  }
  /**
   * New accesses, and erasures, that were not on screen yet: when they were recorded, and since when this browser knows them; `number`
   * is what a proof says, `text` the SHA-256 of the text if the log has proofs.
   */
  fresh: {
    id: string
    at: number
    number?: number | undefined
    since: number
    text?: string | undefined
    isErasure?: true
  }[]
  /** Since when there are more of them than are kept here; milliseconds since 1970. */
  moreSince?: number | undefined
  /** How many looks in a row could read the list but not its proofs. */
  failures: number
  /** Set once a look proved a complete list; `lost` if the grant covers only a part of the log since. */
  completeness?: 'complete' | 'lost' | undefined
  /**
   * The lists that failed a check, 50 at most: an empty text for the person's own, or for a first page; the SHA-256 of its address or
   * filter for any other page. A blank and the SHA-256 of the scopes follow if the grant covered only a part of the log. Each stays
   * until it is proven under the same grant, or under one for the whole log.
   */
  alarms: string[]
  /** The highest number on those lists, if they had any: a list that begins below it does not take an alarm back. */
  alarmedUpTo?: number | undefined
  /** Own reads that the log has no entry of, 200 at most. Each stays until its entry is found, also when the journal no longer has it. */
  missingReads: OwnRequest[]
  /**
   * Own reads that were sent until then can no longer be compared with the log, because the journal lost them before; milliseconds since
   * 1970. Such a log is not called complete again.
   */
  lostReads?: number | undefined
  /** An entry of the log named its request: then all do. */
  namesReads?: true | undefined
  /** When the list began by which the own reads were last judged; milliseconds since 1970. */
  judgedAt?: number | undefined
  /** Ids of own reads that were found, and are not judged yet. */
  foundReads?: string[] | undefined
}

/** A `KeptCheckpoint` of the log's checker. */
export interface StoredCheckpoint {
  key: string
  note: string
  keptAt: number
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
