import type { Problem } from './errors.ts'

/** A page of the log as it was read; whether it can be relied on is a question of its own. */
export interface AccessPage {
  entries: AccessEntry[]
  next?: string
  warning?: Problem
  /** Names the check of this page, which has begun: the answer to `access-log-verdict`. */
  check: string
  /** Absent where the list is not everything about the person's own record. */
  own?: OwnReads
  /** With the first page: up to which entry the list was on screen before, and when (milliseconds since 1970). */
  seen?: { upTo: string; at: number }
}

/** What the check of a page came to. */
export interface LogVerdict {
  proof: LogProof
  /** Where the next page is, in place of the page's own: it also says what that one has to join on to. */
  next?: string
}

/** The log held against what this browser sent. */
export interface OwnReads {
  /** Ids of entries by this person, through this application, that this browser did not cause. */
  foreign: string[]
  /** Reads that were answered and have no entry; `at` is milliseconds since 1970, `what` a type such as `Observation`. */
  missing: { id: string; at: number; what: string }[]
}

/** Whether what is shown of a log could be proven, and against what. Times are milliseconds since 1970. */
export type LogProof =
  /** `since`: when the checkpoint it continues was kept here; absent at the first look. `pending` entries are too new. */
  | {
      outcome: 'proven'
      at: number
      since?: number
      proven: number
      pending: number
      /** By the id of an entry that says nothing personal any more. */
      erased?: Record<string, ErasedEntry>
    }
  /** Not to be relied on; `entry` is the first that does not hold, where it is one; `since` as above. */
  | { outcome: 'alarm'; reason: LogFault; entry?: { id: string; recorded: string }; since?: number }
  /** Proofs could not be fetched. */
  | { outcome: 'unchecked'; problem: Problem }
  /** The organization offers no proofs. */
  | { outcome: 'unprovable' }

/** What the log says of an erased entry. */
export interface ErasedEntry {
  /** When it was erased, as the log has it (FHIR instant). */
  at: string
  /** It was erased before that, and the organization confirmed it at that time. */
  confirmed?: true
}

/** What is wrong with a log; the sentence of each is `log_<fault, - as _>` in `_locales`. */
export type LogFault =
  | 'altered' // an entry is not what was logged
  | 'blanked' // an entry lost what is personal in it, and the log says of no erasure
  | 'missing' // an entry is shown that the log does not hold
  | 'gap' // an entry that the log numbers is not shown
  | 'duplicate' // two entries bear one number
  | 'other-patient' // an entry is about somebody else
  | 'reordered' // an entry's number is not that of its place
  | 'misdated' // an entry's date is not that of its place
  | 'shrank' // it held more entries before
  | 'forked' // as many entries as before, and others
  | 'rewritten' // it does not begin with what it held before
  | 'malformed' // its proofs cannot be read
  | 'other-origin' // the checkpoint is another log's
  | 'unknown-key' // another key than the one kept signs
  | 'bad-signature'
  | 'withdrawn' // it was proven before, and proofs are offered no longer

/** What an entry of the log is about; the words of a kind are `access_<kind, - as _>` in `_locales`. */
export type AccessKind =
  | 'read'
  | 'search'
  | 'write'
  | 'authorize'
  | 'sign-in'
  | 'sign-out'
  | 'consent'
  | 'token'
  | 'revoke'
  | 'introspect'
  | 'userinfo'
  | 'register'
  | 'account'
  | 'proof'
  | 'export'
  | 'rollback'
  | 'clock'
  | 'erasure'
  | 'refusals'
  | 'other'

export interface AccessEntry {
  id: string
  recorded: string
  kind: AccessKind
  outcome: 'success' | 'refused' | 'failed'
  who: string
  application?: string
  /** `Observation/1`, or the query that was asked. */
  what?: string
  patient?: string
  /** What was personal in it was erased from the log. */
  erased?: true
  /** Of an entry of kind `refusals`: how many requests of strangers it stands for; `who` is their network, empty for many. */
  requests?: number
  /** By somebody else, through another application, or from another browser: told by what identifies them. */
  byOthers: boolean
  /** By others, of the record, and since the list was last on screen. */
  isNew: boolean
}
