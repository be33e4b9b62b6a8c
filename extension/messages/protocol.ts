import type { AccessPage, LogVerdict } from './access-log.ts'
import type {
  LogFilter,
  ProviderForm,
  RegisteredApplication,
  RegisteredClient,
  Scan,
} from './administration.ts'
import type { BrandMatches } from './brands.ts'
import type { ConfigurationFile, ImportPlan } from './configuration.ts'
import type { Problem } from './errors.ts'
import type { LockSet, LockTime, NewLock, Unlocking } from './lock.ts'
import type { Comparison, KeptHeads } from './log-comparison.ts'
import type { PatientPage, PatientQuery } from './patients.ts'
import type { RecordList, RecordType } from './record-lists.ts'
import type { Disconnected, Place, Provider, Purpose, SignOutResult, State, Unrevoked } from './state.ts'
import type { Vitals } from './vitals.ts'

/**
 * Everything a page may ask the worker, by name. Pages hold no token, secret or session: what crosses here is what a
 * person may see. Times are milliseconds since 1970; dates of the record stay as FHIR writes them.
 */
export interface Requests {
  /** Where things stand; pages draw from it, and ask again when storage changes. */
  state: { input: undefined; output: State }

  /** Opens the organization's sign-in. Answers when the flow has ended; the page may be gone by then. */
  'sign-in': { input: { providerId: string; purpose: Purpose }; output: undefined }
  /** Whose record system opened our page, so that a person can be asked. Sends nothing. */
  'launched-by': { input: { iss: string }; output: { name: string; host: string } }
  /** Opens what a record system has open: `iss` and `launch` as it gave them. Answers the id of a `Launched`. */
  launch: { input: { iss: string; launch: string }; output: string }
  /** Forgets a failed or interrupted flow, so that its sentence is shown no longer. */
  'dismiss-flow': { input: undefined; output: undefined }
  /** The person has seen that it was not revoked. */
  'dismiss-unrevoked': { input: { id: string }; output: undefined }
  /** So that a popup which closed opens where it was. */
  'remember-place': { input: { place: Place }; output: undefined }
  /** Revokes at the organization, then deletes here. The connection's name stays. */
  'sign-out': { input: { connectionId: string }; output: SignOutResult }
  /** Signs out, then forgets the connection. */
  'remove-connection': { input: { connectionId: string }; output: SignOutResult }

  /** Whether two connections at different organizations are of one person, as they say themselves. */
  'same-person': { input: { one: string; other: string; same: boolean }; output: undefined }

  /** Signs out of every connection at once, each whatever becomes of the others. */
  'disconnect-everywhere': { input: undefined; output: Disconnected[] }

  vitals: { input: { connectionId: string; patient: string }; output: Vitals }
  /** Asked when somebody opens a list: each is a request, and an entry of the access log. */
  'record-list': {
    input: { connectionId: string; patient: string; type: RecordType }
    output: RecordList
  }
  'search-patients': { input: { connectionId: string; query: PatientQuery }; output: PatientPage }
  /** The next page of an earlier answer; `next` is opaque to the page. */
  'more-patients': { input: { connectionId: string; next: string }; output: PatientPage }
  'access-log': {
    input: { connectionId: string; next?: string; filter?: LogFilter }
    output: AccessPage
  }
  /** What the check of a page came to, as soon as it is known and 15 seconds at most; `check` is the page's. */
  'access-log-verdict': { input: { check: string }; output: LogVerdict }
  /** New accesses have been on screen; with `upTo`, everything up to the entry recorded then. */
  'access-log-seen': { input: { connectionId: string; ids: string[]; upTo?: string }; output: undefined }
  /** The newest head of each access log that this browser keeps, and of those that forked both. */
  'log-heads': { input: undefined; output: KeptHeads }
  /** Compares a line of another browser with what is kept here of the same log. */
  'compare-log': { input: { line: string }; output: Comparison }
  'forget-fork': { input: { providerId: string }; output: undefined }
  /** Where the organization lets applications be revoked; absent where it names no such page. */
  'management-page': { input: { connectionId: string }; output: { url?: string } }

  /** All that a person's own connection gives of their record; `next` from the page before. */
  'export-record': { input: { connectionId: string; next?: string }; output: ExportedPage }
  /** Reads an organization's discovery documents; nothing is stored. Given an application, asks whether it is known there. */
  autoscan: { input: { url: string; clientId?: string; redirectUri?: string }; output: Scan }
  /** Looks in a Brands bundle for organizations by name and place. */
  'search-brands': { input: { url: string; text: string }; output: BrandMatches }
  'register-application': {
    input: { connectionId: string; clientName: string; redirectUri: string }
    output: RegisteredApplication
  }
  /** What was registered from this browser, newest first. */
  'registered-clients': { input: undefined; output: RegisteredClient[] }
  /** RFC 7592: the organization makes another secret; the old one is worth nothing from then on. */
  'rotate-secret': { input: { id: string }; output: RegisteredApplication }
  /** RFC 7592: deletes the application at the organization, with everything that was allowed to it. */
  'delete-client': { input: { id: string }; output: undefined }
  /** Takes it from the list alone. */
  'forget-client': { input: { id: string }; output: undefined }
  'save-provider': { input: ProviderForm; output: Provider }
  'export-configuration': { input: undefined; output: ConfigurationFile }
  /** What importing this file would do; changes nothing. */
  'plan-import': { input: { text: string }; output: ImportPlan }
  /** Does it, or nothing at all. */
  'import-configuration': { input: { text: string; confirmedHosts: string[] }; output: ImportPlan }
  /** Signs out of the provider's connections and forgets the configuration. */
  'remove-provider': { input: { providerId: string }; output: undefined }

  /** Sets a lock, or changes what opens it; `now` is what opens it until then. */
  'set-lock': { input: { lock: NewLock; after: LockTime; now?: Unlocking }; output: LockSet }
  'remove-lock': { input: Unlocking; output: undefined }
  'lock-after': { input: { after: LockTime }; output: undefined }
  /** Locks now. */
  lock: { input: undefined; output: undefined }
  unlock: { input: Unlocking; output: undefined }
  /** Deletes everything, and the lock. While it is open the organizations are told first: answers what was not revoked. */
  'forget-lock': { input: undefined; output: Unrevoked[] }
  /** A person is there, though nothing was asked for. */
  used: { input: undefined; output: undefined }
}

export type RequestName = keyof Requests
export type Input<N extends RequestName> = Requests[N]['input']
export type Output<N extends RequestName> = Requests[N]['output']

/** The answer on the wire. Exceptions stay inside the worker. */
export type Answer<N extends RequestName> = { ok: true; value: Output<N> } | { ok: false; error: Problem }

/** The name under which a page asks whether the worker still has a question, by its id. Answered true or false. */
export const IN_HAND = 'in-hand'

/** A part of a record. */
export interface ExportedPage {
  /** Resources: what tells each from every other, and its JSON as the organization wrote it, numbers to the last digit. */
  entries: { fullUrl: string; json: string }[]
  /** How many of them are of the record; the others say where those came from. */
  resources: number
  /** Opaque; absent at the end. */
  next?: string
  /** A kind of resource that was left out, and why. */
  leftOut?: { type: string; problem: Problem }
  warning?: Problem
}
