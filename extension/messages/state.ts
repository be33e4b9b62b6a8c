import type { Problem } from './errors.ts'
import type { Lock } from './lock.ts'
import type { Patient, PatientQuery, TypedQuery } from './patients.ts'
import type { RecordType } from './record-lists.ts'
import type { Units, VitalName } from './vitals.ts'

/** The purpose of a sign-in, which decides its scopes: `record` for a popup, `administer` to register applications. */
export type Purpose = 'record' | 'administer'

export interface State {
  /** Absent without a lock. While locked, the state holds no organization, person or place. */
  lock?: Lock
  /** No lock is set, and the person has not answered its offer. */
  offersLock?: true
  providers: Provider[]
  connections: Connection[]
  /** Visits that a record system opened; a person cannot sign in to them again. */
  launched: LaunchedConnection[]
  flow?: Flow
  /** Grants that ended here but continue at the organization, because they could not be revoked. */
  unrevoked?: Unrevoked[]
  /** Where the popup was when it closed. */
  place: PopupPlace
  /** The units that the person chose, or those of the browser's locale. */
  units: Units
  /** This browser's own redirect address. */
  redirectUri: string
  /** The policy of this browser's administration; absent if it has set none. */
  policy?: Policy
}

export interface Provider {
  id: string
  /** As it was configured. */
  name: string
  /** The name for display, with the host in brackets if another provider has the same name, or one that looks the same. */
  label: string
  /** The host of its FHIR base, with the port. */
  host: string
  about?: string
  /** Position in the palette of sources, from 0. */
  hue: number
  builtIn: boolean
  /** Set by the administration of this browser. */
  managed?: true
  fhirBase: string
  clientId: string
  /** A secret is stored; it is never shown again. */
  hasSecret: boolean
  redirectUri: string
  authorizationEndpoint: string
  /** Added on the page where people find organizations, so its Client ID can be corrected there. */
  addedOnFindPage?: true
}

export interface Connection {
  id: string
  providerId: string
  /** The provider's `label`. */
  providerName: string
  /** The provider's host. Pages show it beside the name wherever somebody decides by it, because anyone can choose any name. */
  host: string
  hue: number
  person: { name: string; role: 'patient' | 'clinician' | 'administrator' }
  /** The one patient this connection is about; absent for clinicians and administrators. */
  patient?: Patient
  /** The person stated that all connections with this mark are of one person. */
  samePerson?: string
  /** Ids of connections that, as the person stated, are of somebody else. */
  apartFrom?: string[]
  signedIn: boolean
  /** When the person signed in, in this browser. */
  signedInAt?: number
  /**
   * Why the session ended, if not by the person here: the provider became another organization, the organization no longer accepts
   * the grant (it does not say whether the person ended it there), or its time is over.
   */
  endedBy?: 'provider-changed' | 'organization' | 'time'
  /** When it ended; for `organization` when Carekey learned of it. */
  endedAt?: number
  /** The person signed out here, but the organization could not be told; the time until which that is tried. */
  endUntoldUntil?: number
  /** The visit ended here when the browser closed, without the organization being told; when it ends there. */
  visitEndsAt?: number
  /** The time of the newest of its notices that the person dismissed. */
  noticedAt?: number
  /** Types that were shared at sign-in and no longer are, because the person or the organization narrowed the grant there. */
  stopped?: SharedParts
  /** Types that the policy of this browser forbids to request. */
  forbidden?: SharedParts
  /** The person chose a window that outlasts the visit, so it survives a browser restart. */
  staysConnected: boolean
  /** When the grant ends. */
  endsAt?: number
  /** The organization has a page on which the person may shorten or end the access. */
  hasAccountPage?: true
  /** The organization's access log failed a check. */
  logAlarm?: true
  /** Carekey read the whole access log before, or announced accesses, and now may read only a part of it, or nothing. */
  logNarrowed?: true
  /** The organization signed two access logs; both checkpoints are on the options page. */
  logForked?: true
  /** The organization's access log lacks a read of this browser. */
  readsMissing?: true
  /** Also while signed out, because nobody has seen them yet. */
  newAccesses?: NewAccesses
  /** At an earlier sign-in, which has ended, the organization named another patient for the same person. */
  anotherPatient?: true
  /** The patients that were opened from the search in this session, the last one first. */
  recentPatients?: Patient[]
  can: {
    readVitals: boolean
    /** The types of the record's lists that may be read. */
    readLists: RecordType[]
    /** What of all this the grant limits to a part; the rest is whole. */
    limited: GrantedPart[]
    /** The types that no list shows may be read, all or some of them: an export contains them. */
    readRest?: 'all' | 'part'
    searchPatients: boolean
    readAccessLog: boolean
    registerApplications: boolean
  }
}

/** What a grant may cover, wholly or in part. */
export type GrantedPart = RecordType | 'vitals' | 'Patient' | 'AuditEvent'

type SharedParts = Pick<Connection['can'], 'readVitals' | 'readLists' | 'readAccessLog' | 'limited'>

/** Why a part of the record is not read: by the policy of this browser, by a later change at the organization, or since the sign-in. */
export const whyNotShared = (
  { forbidden, stopped }: Pick<Connection, 'forbidden' | 'stopped'>,
  isIn: (parts: SharedParts) => boolean,
): 'forbidden' | 'stopped' | 'refused' => {
  if (forbidden && isIn(forbidden)) return 'forbidden'
  return stopped && isIn(stopped) ? 'stopped' : 'refused'
}

/** Accesses by others, and erasures, since the list was last on screen; with `more`, at least `count` accesses, and maybe none. */
export interface NewAccesses {
  count: number
  more: boolean
  erasures?: number
}

export interface LaunchedConnection extends Connection {
  /** The page must show whose record it is, because the record system does not. */
  needsBanner: boolean
  visit?: Visit
}

/** An Encounter: its id, name and start. */
export interface Visit {
  id: string
  /** Its type in the record's words, or else its class. */
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
export interface PopupPlace {
  connectionId?: string
  /** The list of organizations is open, although somebody is signed in. */
  home?: boolean
  /** The connection whose own page is open, with what it may read and how to end it. */
  managed?: string
  /** A sign-in began then; milliseconds since 1970. */
  awaiting?: { providerId: string; since: number }
  /** The vital sign whose detail is open. */
  kind?: VitalName
  /** A patient opened from the search. */
  patient?: Patient
  typed?: TypedQuery
  /** The query whose answer was on screen. */
  asked?: PatientQuery
}

/**
 * The organization's answer to a revocation (RFC 7009). `unreachable` is retried for a day; after `not-offered` or `refused` the
 * grant ends by itself when its time is over.
 */
export type RevocationOutcome = 'revoked' | 'unreachable' | 'refused' | 'not-offered'

export interface Unrevoked {
  id: string
  /** When this became known. */
  at: number
  organization: string
  /** Absent once the connection is removed. */
  connectionId?: string
  /** Whose grant it is; absent once the connection is removed, because nothing of it stays. */
  person?: string
  /** The organization's page where a person can end it. */
  page?: string
  /** It has ended after all: a later try reached the organization. */
  ended?: true
}

export interface DisconnectResult {
  connectionId: string
  outcome: RevocationOutcome
}

export type SignOutResult = Pick<DisconnectResult, 'outcome'>

/** The policy that the administration of this browser has set, as pages show it. Absent members are left to the person. */
export interface Policy {
  /** A provider's FHIR base must lie at or under one of these addresses. */
  allowedProviders?: string[]
  /** Scopes that are never requested. */
  forbiddenScopes: string[]
  longestWindow?: PolicyWindow
  locked: PolicyLock[]
  /** The policy cannot be read, so nothing is allowed. */
  faulty?: true
}

export type PolicyWindow = 'visit' | 'hour' | 'day' | 'month'

/** Features that are closed to the person: configuring providers, registering applications. */
export type PolicyLock = 'providers' | 'applications'
