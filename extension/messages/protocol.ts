import type { Code } from './errors.ts'

/**
 * Everything a page may ask the worker, by name. Pages hold no token, secret or session: what crosses here is what a
 * person may see. Times are milliseconds since 1970; dates of the record stay as FHIR writes them.
 */
export interface Requests {
  /** Where things stand; pages draw from it, and ask again when storage changes. */
  state: { input: undefined; output: State }

  /** Opens the organization's sign-in. Answers when the flow has ended; the page may be gone by then. */
  'sign-in': { input: { providerId: string; purpose: Purpose }; output: undefined }
  /** Forgets a failed or interrupted flow, so that its sentence is shown no longer. */
  'dismiss-flow': { input: undefined; output: undefined }
  /** So that a popup which closed opens where it was. */
  'remember-place': { input: { place: Place }; output: undefined }
  /** Revokes at the organization, then deletes here. The connection's name stays. */
  'sign-out': { input: { connectionId: string }; output: SignOutResult }
  /** Signs out, then forgets the connection. */
  'remove-connection': { input: { connectionId: string }; output: SignOutResult }

  vitals: { input: { connectionId: string; patient: string }; output: Vitals }
  'search-patients': { input: { connectionId: string; query: PatientQuery }; output: PatientPage }
  /** The next page of an earlier answer; `next` is opaque to the page. */
  'more-patients': { input: { connectionId: string; next: string }; output: PatientPage }
  'access-log': { input: { connectionId: string; next?: string }; output: AccessPage }

  /** Reads an organization's discovery documents; nothing is stored. */
  autoscan: { input: { url: string }; output: Scan }
  'register-application': {
    input: { connectionId: string; clientName: string; redirectUri: string }
    output: RegisteredApplication
  }
  'save-provider': { input: ProviderForm; output: Provider }
  /** Signs out of the provider's connections and forgets the configuration. */
  'remove-provider': { input: { providerId: string }; output: undefined }
}

/** Why someone signs in decides the scopes: `record` for a popup, `administer` to register applications. */
export type Purpose = 'record' | 'administer'

export interface State {
  providers: Provider[]
  connections: Connection[]
  flow?: Flow
  /** Where the popup was when it closed. */
  place: Place
  /** What this browser gives as its own redirect address. */
  redirectUri: string
}

export interface Provider {
  id: string
  name: string
  about?: string
  /** Position in the palette of sources, from 0. */
  hue: number
  builtIn: boolean
  fhirBase: string
  clientId: string
  /** A secret is kept; it is never shown again. */
  hasSecret: boolean
  redirectUri: string
  authorizationEndpoint: string
}

export interface Connection {
  id: string
  providerId: string
  providerName: string
  hue: number
  person: { name: string; role: 'patient' | 'clinician' | 'administrator' }
  /** The one patient this connection is about; absent for clinicians and administrators. */
  patient?: Patient
  signedIn: boolean
  /** The person chose a window that outlasts the visit, so it survives a browser restart. */
  staysConnected: boolean
  /** When the grant ends. */
  endsAt?: number
  can: { readVitals: boolean; searchPatients: boolean; readAccessLog: boolean; registerApplications: boolean }
}

export interface Flow {
  providerId: string
  purpose: Purpose
  status: 'open' | 'failed' | 'interrupted'
  startedAt: number
  error?: Problem
}

/** Where a person is in the popup, and what they have typed. */
export interface Place {
  connectionId?: string
  /** The list of organizations, although somebody is signed in. */
  home?: boolean
  /** A sign-in began; `known` were signed in before it. */
  awaiting?: { providerId: string; known: string[] }
  /** A patient opened from the search. */
  patient?: Patient
  typed?: PatientQuery
  /** The query whose answer was on screen. */
  asked?: PatientQuery
}

export interface Patient {
  id: string
  name: string
  birthDate?: string
  gender?: string
  /** What tells namesakes apart: a record number, a town. */
  identifiers: { label: string; value: string }[]
  place?: string
}

/** The six fields; empty ones are absent. Fields combine with AND. */
export interface PatientQuery {
  fullName?: string
  given?: string
  family?: string
  gender?: string
  identifier?: string
  birthdate?: string
}

export interface PatientPage {
  patients: Patient[]
  total?: number
  next?: string
  /** The list is shorter than it should be, and why: a link to the next page that leads elsewhere is not followed. */
  warning?: Problem
}

export interface Vitals {
  patient: Patient
  /** Newest first. */
  bloodPressure: Reading[]
  weight: Reading[]
  /** There were more readings than the limit; these are the newest. */
  cut: boolean
  warning?: Problem
  readAt: number
}

export interface Reading {
  id: string
  /** FHIR date or dateTime. */
  taken: string
  /** As the record writes it: `128/82`, `81.2`. */
  value: string
  unit: string
  source: string
}

export interface AccessPage {
  entries: AccessEntry[]
  next?: string
  warning?: Problem
}

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
}

export interface Scan {
  name?: string
  fhirBase: string
  authorizationEndpoint: string
  tokenEndpoint: string
  registrationEndpoint?: string
  revocationEndpoint?: string
  redirectUri: string
  /** Where the addresses were found. */
  source: 'smart-configuration' | 'capability-statement'
  findings: { level: 'good' | 'should' | 'must'; code: string }[]
}

export interface RegisteredApplication {
  clientId: string
  /** Shown once; nobody can read it again. */
  clientSecret?: string
}

export interface ProviderForm {
  /** Absent for a new one. */
  id?: string
  name: string
  clientId: string
  /** Absent keeps the stored secret; empty removes it. */
  clientSecret?: string
  fhirBase: string
  authorizationEndpoint: string
  redirectUri: string
}

export interface SignOutResult {
  /** False: the organization could not be reached, so its tokens end by themselves at the end of their time. */
  revoked: boolean
}

/** What went wrong, as it crosses from worker to page. `messages/errors.ts` holds the codes, `_locales` the sentences. */
export interface Problem {
  code: Code
  /** Fills the sentence's placeholders; never a token, secret or record value. */
  details?: Record<string, string>
}

export type RequestName = keyof Requests
export type Input<N extends RequestName> = Requests[N]['input']
export type Output<N extends RequestName> = Requests[N]['output']

/** The answer on the wire. Exceptions stay inside the worker. */
export type Answer<N extends RequestName> = { ok: true; value: Output<N> } | { ok: false; error: Problem }
