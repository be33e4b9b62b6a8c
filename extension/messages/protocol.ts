import type {
  Application,
  ApplicationChange,
  LogFilter,
  ProviderForm,
  RegisteredApplication,
  RegisteredClient,
  Scan,
} from './administration.ts'
import type { AddedProvider, BrandMatches, FoundOrganizations, NewProvider } from './brands.ts'
import type { ConfigurationFile, ImportPlan } from './configuration.ts'
import type { Problem } from './errors.ts'
import type { LockTime, NewLock, SetLockResult, Unlocking } from './lock.ts'
import type { AccessPage, CheckpointList, Comparison, LogVerdict } from './log-entries.ts'
import type { PatientPage, PatientQuery } from './patients.ts'
import type { RecordList, RecordType } from './record-lists.ts'
import type {
  DisconnectResult,
  PopupPlace,
  Provider,
  Purpose,
  SignOutResult,
  State,
  Unrevoked,
} from './state.ts'
import type { Units, Vitals } from './vitals.ts'

/**
 * Every request that a page may send to the worker, by name. Pages hold no token, secret or session: only what a person may see
 * crosses here. Times are milliseconds since 1970; dates of the record stay as FHIR writes them.
 */
interface Requests {
  /** Returns the state that pages render; they request it again when storage changes. */
  state: { input: undefined; output: State }

  /** Opens the organization's sign-in. Returns the connection's id when the flow has ended; the page may be gone by then. */
  'sign-in': { input: { providerId: string; purpose: Purpose }; output: string }
  /** Names the organization whose record system opened our page, so that a person can decide. Sends nothing. */
  'launched-by': { input: { iss: string }; output: { name: string; host: string } }
  /**
   * Opens the patient and visit that a record system has open: `iss` and `launch` as it gave them. Returns the id of a
   * `LaunchedConnection`.
   */
  launch: { input: { iss: string; launch: string }; output: string }
  /** Forgets the failed or interrupted flow that began then, so that its message disappears. */
  'dismiss-flow': { input: { startedAt: number }; output: undefined }
  /** Removes the notice of a grant that was not revoked, once the person has seen it. */
  'dismiss-unrevoked': { input: { id: string }; output: undefined }
  /**
   * Asks the organizations of the connections on screen for the current scope and end of each grant; a change shows in the state.
   */
  'check-terms': { input: { connectionIds: string[] }; output: undefined }
  /** Hides the notices of a connection up to that time. */
  'dismiss-notice': { input: { connectionId: string; at: number }; output: undefined }
  /** Stores where the popup is, so that it opens there again. */
  'remember-place': { input: { place: PopupPlace }; output: undefined }
  'choose-units': { input: { units: Units }; output: undefined }
  /** A lock is not offered again, whatever the person chose. */
  'answer-lock-offer': { input: undefined; output: undefined }
  /** Revokes the grant at the organization, then deletes it here. The connection stays. */
  /** `isShown`: the page shows the outcome, so that the person is not told again. */
  'sign-out': { input: { connectionId: string; isShown?: boolean }; output: SignOutResult }
  /** Signs out, then forgets the connection. */
  'remove-connection': { input: { connectionId: string }; output: SignOutResult }

  /** Stores whether two connections at different organizations are of one person, as the person stated. */
  'same-person': { input: { one: string; other: string; same: boolean }; output: undefined }

  /** Signs out of every connection at once; one that fails does not stop the others. */
  'disconnect-everywhere': { input: undefined; output: DisconnectResult[] }

  vitals: { input: { connectionId: string; patient: string }; output: Vitals }
  /** Returns what was last read of a person's own record; the organization is not asked. */
  'last-vitals': { input: { connectionId: string; patient: string }; output: Vitals | undefined }
  /** Returns when this browser last read something of a person's own record; undefined if it did not. */
  'last-read': { input: { connectionId: string }; output: number | undefined }
  /** Not sent before a list is on screen, or named there, because each one is a request, and an entry of the access log. */
  'record-list': {
    input: { connectionId: string; patient: string; type: RecordType }
    output: RecordList
  }
  /** The list has been on screen: what it marks as new is no longer so at the next look. The organization is not asked. */
  'record-list-seen': {
    input: { connectionId: string; patient: string; type: RecordType }
    output: undefined
  }
  /** `reopened`: the last search of this session is answered from memory, so that it adds no second entry to the log. */
  'search-patients': {
    input: { connectionId: string; query: PatientQuery; reopened?: boolean }
    output: PatientPage
  }
  /** Reads the next page of an earlier answer; `next` is opaque to the page. */
  'more-patients': { input: { connectionId: string; next: string }; output: PatientPage }
  'access-log': {
    input: { connectionId: string; next?: string; filter?: LogFilter }
    output: AccessPage
  }
  /** Returns the result of a page's check as soon as it is known, after 15 seconds at most. `check` is the id from the page. */
  'access-log-verdict': { input: { check: string }; output: LogVerdict }
  /**
   * Marks new accesses as seen. Once all of a list were on screen, `through` is its highest number, if it has one, `upTo` its newest
   * date, and `readAt` when it was read.
   */
  'access-log-seen': {
    input: { connectionId: string; ids: string[]; through?: number; upTo?: string; readAt?: number }
    output: undefined
  }
  /** Returns the newest checkpoint of each access log that this browser keeps, and both checkpoints of each fork. */
  'log-heads': { input: undefined; output: CheckpointList }
  /** Compares a line of another browser with the kept checkpoint of the same log. */
  'compare-log': { input: { line: string }; output: Comparison }
  'forget-fork': { input: { providerId: string }; output: undefined }
  /** Returns the page where the organization lets applications be revoked; absent if it names none. */
  'management-page': { input: { connectionId: string }; output: { url?: string } }

  /** Exports everything that a person's own connection gives of their record; `next` from the page before. */
  'export-record': { input: { connectionId: string; next?: string }; output: ExportedPage }
  /**
   * Reads an organization's discovery documents; stores nothing. With an application, also checks whether it is known there. At the
   * login URL in the form, the issuer's document is read too.
   */
  autoscan: {
    input: { url: string; clientId?: string; redirectUri?: string; authorizationEndpoint?: string }
    output: Scan
  }
  /** Searches a Brands bundle for organizations by name and place. */
  'search-brands': { input: { url: string; text: string }; output: BrandMatches }
  /** Finds organizations by name and place in the lists that Carekey knows, or the one at a web address. */
  'find-organizations': { input: { text: string; address?: string }; output: FoundOrganizations }
  /** Adds an organization for signing in, with the Client ID that it gave, or else by having it register Carekey (RFC 7591). */
  'add-provider': { input: NewProvider; output: AddedProvider }
  /** Registers an application (RFC 7591); a public one gets no secret. */
  'register-application': {
    input: { connectionId: string; clientName: string; redirectUri: string; isPublic?: boolean }
    output: RegisteredApplication
  }
  /** Lists all applications of the organization, `after` the last one of the page before. */
  applications: {
    input: { connectionId: string; after?: string }
    output: { applications: Application[]; next?: string }
  }
  'change-application': {
    input: { connectionId: string; clientId: string; change: ApplicationChange }
    output: Application & RegisteredApplication
  }
  /**
   * Returns the address where an application's sign-in begins, as people see it. The application cannot use its answer, because nobody
   * keeps the code verifier.
   */
  'try-application': {
    input: { connectionId: string; clientId: string; redirectUri: string; scope: string }
    output: string
  }
  'delete-application': { input: { connectionId: string; clientId: string }; output: undefined }
  /** Lists the applications that were registered from this browser, newest first. */
  'registered-clients': { input: undefined; output: RegisteredClient[] }
  /** Requests a new secret (RFC 7592); the old one stops working. */
  'rotate-secret': { input: { id: string }; output: RegisteredApplication }
  /** Deletes the application at the organization, with all its grants (RFC 7592). */
  'delete-client': { input: { id: string }; output: undefined }
  /** Removes it from the list only. */
  'forget-client': { input: { id: string }; output: undefined }
  'save-provider': { input: ProviderForm; output: Provider }
  /** Asks the organization whether it refuses the saved Client ID or Redirect URI; false if it gives no clear answer. */
  'check-application': { input: { providerId: string }; output: { isRefused: boolean } }
  'export-configuration': { input: undefined; output: ConfigurationFile }
  /** Returns what importing this file would do; changes nothing. */
  'plan-import': { input: { text: string }; output: ImportPlan }
  /** Imports the whole file, or nothing. */
  'import-configuration': { input: { text: string; confirmedHosts: string[] }; output: ImportPlan }
  /** Signs out of the provider's connections and forgets the configuration. */
  'remove-provider': { input: { providerId: string }; output: undefined }

  /** Sets a lock, or changes its PIN or passkey; `now` opens the current lock. */
  'set-lock': { input: { lock: NewLock; after: LockTime; now?: Unlocking }; output: SetLockResult }
  'remove-lock': { input: Unlocking; output: undefined }
  'lock-after': { input: { after: LockTime }; output: undefined }
  /** Locks now. */
  lock: { input: undefined; output: undefined }
  unlock: { input: Unlocking; output: undefined }
  /**
   * Deletes everything, and the lock. If it is open, signs out of every organization first; returns what could not be revoked.
   */
  'forget-lock': { input: undefined; output: Unrevoked[] }
  /** The user is active; restarts the idle timer. */
  used: { input: undefined; output: undefined }
}

export type RequestName = keyof Requests
export type Input<N extends RequestName> = Requests[N]['input']
export type Output<N extends RequestName> = Requests[N]['output']

/** The answer on the wire. Exceptions stay inside the worker. */
export type Answer<N extends RequestName> = { ok: true; value: Output<N> } | { ok: false; error: Problem }

/** The name of the message that checks by id whether the worker still has a request. The answer is true or false. */
export const IN_HAND = 'in-hand'

/** A page of an exported record. */
export interface ExportedPage {
  /** Resources: an address that is unique to each, and its JSON as the organization wrote it, numbers to the last digit. */
  entries: { fullUrl: string; json: string }[]
  /** How many of them belong to the record; the others are Provenances, which state the origin of those. */
  resources: number
  /** Opaque; absent at the end. */
  next?: string
  /** How many resources of this page were left out, because they are not certainly about the patient. */
  omitted?: number
  /** A type of resource that was left out, and why. */
  leftOut?: { type: string; problem: Problem }
  /** What the organization says about this page, such as the types that it holds and leaves out. */
  remark?: string
  warning?: Problem
}
