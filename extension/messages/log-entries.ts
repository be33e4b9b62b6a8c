import type { AccessKind as CarekeyKind } from '../../values/access-kinds.ts'
import type { Problem } from './errors.ts'

/** A part of a filter by whose name or number the organization knows nobody. */
export type UnknownPerson = 'patient' | 'agent'

/** A page of the log as read. Whether it can be relied on is a separate request, `access-log-verdict`. */
export interface AccessPage {
  /** Milliseconds since 1970. */
  readAt: number
  entries: AccessEntry[]
  next?: string
  warning?: Problem
  /** The id of this page's check, which is already running; `access-log-verdict` returns its result. */
  check: string
  /** Absent if the list is not everything about the person's own record. */
  own?: OwnReads
  /** The list is empty, because the organization knows nobody by these parts of the filter. */
  nobody?: UnknownPerson[]
  /** With the first page: up to which entry the list was on screen before, and when (milliseconds since 1970). */
  seen?: { upTo: string; at: number }
}

/** The result of a page's check. */
export interface LogVerdict {
  proof: LogProof
  /** Replaces the page's own `next`, because it also carries the state from which the next page continues. */
  next?: string
  /** The next page is to be read without a click: entries that were not read before, or new accesses, are further down. */
  readsOn?: true
  /** Set if there are none further down. */
  isRead?: true
  /** Ids of the new accesses of the page. Replaces `isNew`, which was judged before the numbers of the entries were known. */
  newIds?: string[]
  /** With the first page: the highest number, for the report that everything was on screen. */
  top?: number
}

/** The log compared with the reads that this browser sent. */
interface OwnReads {
  /**
   * Ids of entries by this person, through this application, that this browser did not cause; pages show them as by you
   * `elsewhere`.
   */
  foreign: string[]
  /** Answered reads without an entry; `at` is milliseconds since 1970, `what` a type such as `Observation`. */
  missing: { id: string; at: number; what: string }[]
}

/** A page whose entries are proven. Times are milliseconds since 1970. */
export interface ProvenPage {
  at: number
  /** When the checkpoint that the log continues was kept here; absent at the first look. */
  since?: number
  proven: number
  /** Entries that are too new to prove. */
  pending: number
  /** Erased entries, by id. */
  erased?: Record<string, ErasedEntry>
}

/**
 * Why nobody can tell whether a genuine list leaves entries out: Carekey may read only a part of the log, the list is filtered or
 * about several patients, it has not been read down to what was known, numbers are open that waiting entries may have, or reads of
 * this browser left its journal before they were looked for in the log.
 */
export type NotComplete = 'scope' | 'filter' | 'patients' | 'unread' | 'open' | 'lost-reads'

/** The verdict on a list down to a page. */
export type LogProof =
  /**
   * Every entry is genuine, and none is left out down to those that were known before. `erasure`: earlier entries were erased, and the
   * list has dates from before this browser knew of that, so that an access since then may have been erased.
   */
  | ({ outcome: 'complete'; erasure?: ErasedEntry } & ProvenPage)
  /** Every entry is genuine. */
  | ({ outcome: 'genuine'; why: NotComplete } & ProvenPage)
  /** The log cannot be relied on; `entry` is the first that failed, if one did; `since` as in `ProvenPage`. */
  | { outcome: 'alarm'; reason: LogFault; entry?: { id: string; recorded: string }; since?: number }
  /** Proofs could not be fetched. */
  | { outcome: 'unchecked'; problem: Problem }
  /** The organization offers no proofs. */
  | { outcome: 'unprovable' }

/** The log's statement about an erased entry. */
export interface ErasedEntry {
  /** When it was erased, according to the log (FHIR instant). */
  at: string
}

/** The fault of a log; the sentence of each is `log_<fault, - as _>` in `_locales`. */
export type LogFault =
  | 'altered' // an entry differs from the logged one
  | 'blanked' // an entry lost its personal values, and no erasure in the log covers it
  | 'forged' // an entry excuses a fault of the log, and the log's key did not sign it
  | 'missing' // a shown entry is not in the log
  | 'gap' // an entry that the log numbers is not shown
  | 'duplicate' // two entries have one number
  | 'other-patient' // an entry is about somebody else
  | 'reordered' // an entry's number contradicts its place
  | 'misdated' // an entry's date contradicts its place
  | 'shrank' // the log held more entries before
  | 'forked' // the log has as many entries as before, but different ones
  | 'rewritten' // the log does not begin with the entries it held before
  | 'malformed' // its proofs cannot be read
  | 'other-origin' // the checkpoint is another log's
  | 'unknown-key' // another key than the kept one signed the checkpoint
  | 'bad-signature'
  | 'withdrawn' // the log was proven before, and no longer offers proofs
  | 'withheld' // the log was proven before, and three looks in a row got no proofs

/**
 * The kind of an entry; its words are `access_<kind, - as _>` in `_locales`. Only other servers log a write.
 */
export type AccessKind = CarekeyKind | 'write'

/**
 * Who an access was by: this person through this application in this browser (`you`), or in a browser that cannot be determined,
 * for example because the access was before this browser's journal began (`unsure`); the same person through another application,
 * in another browser or on the organization's own pages (`elsewhere`); other people; or an application acting for itself.
 */
type AccessBy = 'you' | 'unsure' | 'elsewhere' | 'others'

export interface AccessEntry {
  id: string
  recorded: string
  kind: AccessKind
  outcome: 'success' | 'refused' | 'failed'
  /** Why a consent or sign-in came to nothing, if the person declined or the password was wrong. */
  ending?: 'denied' | 'unfinished' | 'wrong-password'
  /** The person, or else the application; empty if the entry names neither, or nobody signed in. */
  who: string
  application?: string
  /** The entry names no person: the application, which `who` then names, acted for itself. */
  byItself?: true
  /** It was on the pages of the organization, which `application` then names. */
  onOwnPages?: true
  /**
   * A key with the same value in all entries of one person through one application, judged by identifiers; absent if the entry
   * does not identify them.
   */
  agentKey?: string
  /** The same for one person through any application; absent if the entry names nobody, or does not identify them. */
  personKey?: string
  /** What was done with an application, or with the server's own keys, for the kind `register`; absent for a registration. */
  change?: 'listed' | 'edited' | 'narrowed' | 'secret' | 'disabled' | 'enabled' | 'removed' | 'keys'
  /** What was done with an account; absent if the entry does not say. */
  accountChange?: 'invite' | 'disable' | 'enable' | 'reset' | 'remove'
  /** For the kind `token`: it renewed an access that was given before. */
  renewed?: true
  /** For the kind `revoke`: a person disconnected the application on the organization's own page. */
  disconnected?: true
  /** What a consent did: allowed an application to read, or changed what or how long it may; absent if the entry does not say. */
  consent?: 'allowed' | 'narrowed' | 'shortened' | 'reduced'
  /** `Observation/1`, the query, or the name and id of an application, or of the account whose password was tried. */
  what?: string
  patient?: string
  /** The name of that patient, if they acted themselves. */
  patientName?: string
  /** Its personal values were erased from the log. */
  erased?: true
  /** For the kind `refusals`: how many requests of strangers it counts; `who` is their network, empty for many. */
  requests?: number
  /** For the kind `import`, once it ended: how many resources it stored. */
  imported?: number
  /** By whom, judged by identifiers, never by names. */
  by: AccessBy
  /** An access by others that gives something away, or a sign-in in the person's name elsewhere, that has not been on screen. */
  isNew: boolean
}

const dataKinds: readonly AccessKind[] = ['read', 'search', 'write', 'other']

/** Checks for an access to the record itself; the others are about signing in, the log or an account. */
export const isOfData = ({ kind }: Pick<AccessEntry, 'kind'>): boolean => dataKinds.includes(kind)

/**
 * Checks whether a grant was changed or ended on the organization's own pages. The entry names the application only because the grant
 * is about it.
 */
export const isGrantChange = ({
  consent,
  disconnected,
}: Pick<AccessEntry, 'consent' | 'disconnected'>): boolean =>
  disconnected === true || (consent !== undefined && consent !== 'allowed')

/** The checkpoints of access logs that this browser keeps. Times are milliseconds since 1970. */
export interface CheckpointList {
  heads: ListedCheckpoint[]
  forks: Fork[]
}

export interface ListedCheckpoint {
  providerId: string
  organization: string
  /** How many entries it covers. */
  size: number
  keptAt: number
  /** For another browser to compare. */
  line: string
}

/** Two checkpoints that one organization signed and that do not belong to one log. */
export interface Fork {
  providerId: string
  organization: string
  foundAt: number
  /** Lines, as above. */
  kept: string
  other: string
}

/** Whether another browser's checkpoint and this browser's belong to one log. */
export type Comparison =
  | { outcome: 'agree' | 'diverge'; organization: string; sizes: [ours: number, theirs: number] }
  /** The proof could not be fetched yet. Without a problem, the organization states that it has none. */
  | { outcome: 'unproven'; organization: string; problem?: Problem }
  /** This browser keeps no checkpoint of that log. */
  | { outcome: 'unknown-log'; origin: string }
  /** Its signature is by another key than the kept one, or is not genuine. */
  | { outcome: 'other-key' | 'not-genuine'; organization: string }
  | { outcome: 'unreadable' }
