import type { Problem } from './errors.ts'
import type { Lock } from './lock.ts'
import type { Patient, PatientQuery } from './patients.ts'
import type { Policy } from './policy.ts'
import type { RecordType } from './record-lists.ts'

/** Why someone signs in decides the scopes: `record` for a popup, `administer` to register applications. */
export type Purpose = 'record' | 'administer'

export interface State {
  /** Where one is set. While locked there is nothing else: no organization, nobody, nowhere. */
  lock?: Lock
  providers: Provider[]
  connections: Connection[]
  /** Visits that a record system opened; they are no connections that a person would sign in to again. */
  launched: Launched[]
  flow?: Flow
  /** What was allowed, is over here, and goes on there: it could not be revoked. */
  unrevoked?: Unrevoked[]
  /** Where the popup was when it closed. */
  place: Place
  /** What this browser gives as its own redirect address. */
  redirectUri: string
  /** What the administration of this browser has set, where it has. */
  policy?: Policy
}

export interface Provider {
  id: string
  /** As it was configured. */
  name: string
  /** What it is called: the name, with the host in brackets where another bears the same, or one that looks the same. */
  label: string
  /** Where its record lies, with the port. */
  host: string
  about?: string
  /** Position in the palette of sources, from 0. */
  hue: number
  builtIn: boolean
  /** Set by the administration of this browser. */
  managed?: true
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
  /** The provider's `label`. */
  providerName: string
  /** The provider's host. It stands beside the name where somebody decides by it, for a name is whatever one calls oneself. */
  host: string
  hue: number
  person: { name: string; role: 'patient' | 'clinician' | 'administrator' }
  /** The one patient this connection is about; absent for clinicians and administrators. */
  patient?: Patient
  /** The person said that all connections with this mark are of one person. */
  samePerson?: string
  /** The person said that it is of another person than these connections are. */
  apartFrom?: string[]
  signedIn: boolean
  /** When the person did, at this browser. */
  signedInAt?: number
  /** Why not, where it was not the person's own doing: the provider is another organization than it was. */
  endedBy?: 'provider-changed'
  /** The person chose a window that outlasts the visit, so it survives a browser restart. */
  staysConnected: boolean
  /** When the grant ends. */
  endsAt?: number
  /** The organization's access log did not hold when it was last looked at. */
  logAlarm?: true
  /** The organization signed two access logs; both heads are on the options page. */
  logForked?: true
  /** This browser read what the organization's access log has no entry of. */
  readsMissing?: true
  /** Accesses by others since the list was last on screen; `more` where the page that was looked at ends with them. */
  newAccesses?: { count: number; more: boolean }
  can: {
    readVitals: boolean
    /** Of the record's lists, what may be read. */
    readLists: RecordType[]
    searchPatients: boolean
    readAccessLog: boolean
    registerApplications: boolean
  }
}

export interface Launched extends Connection {
  /** Whether the page has to say whose record it shows: the record system does not. */
  needsBanner: boolean
  visit?: Visit
}

/** An Encounter, as far as it names itself. */
export interface Visit {
  id: string
  /** As the record calls it: a type, or else a class. */
  name?: string
  /** FHIR dateTime. */
  start?: string
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

/**
 * What an organization answered to being told that access ends (RFC 7009). `unreachable` is tried again for a day;
 * `not-offered`, as `refused`, ends by itself when its time is over.
 */
export type RevocationOutcome = 'revoked' | 'unreachable' | 'refused' | 'not-offered'

export interface Unrevoked {
  id: string
  organization: string
  /** Where the organization lets a person end it. */
  page?: string
}

export interface Disconnected {
  connectionId: string
  outcome: RevocationOutcome
}

export type SignOutResult = Pick<Disconnected, 'outcome'>
