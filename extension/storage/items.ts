import type { RegisteredClient } from '../messages/administration.ts'
import type { Brand } from '../messages/brands.ts'
import type { LockTime, Passkey } from '../messages/lock.ts'
import type { Patient, PatientPage, PatientQuery } from '../messages/patients.ts'
import type { Connection, Flow, LaunchedConnection, PopupPlace, Unrevoked } from '../messages/state.ts'
import type { Units } from '../messages/vitals.ts'
import { type Area, writeTogether } from './area.ts'
import { createItem, createTable, type Item, keepRows, type OwnedItem, type Rows } from './item.ts'
import type { StoredCheckpoint, StoredFork, StoredKnownLog } from './stored-log.ts'
import type { Sealed } from './vault.ts'

/** Drops deleted connections, also from the `apartFrom` of those that stay. */
const keepConnections = (
  all: Rows<StoredConnection>,
  stays: (id: string) => boolean,
): Rows<StoredConnection> => {
  const keptRows = keepRows(all, stays)
  if (keptRows === all) return all
  const withoutDeletedApart = ({ apartFrom, ...connection }: StoredConnection): StoredConnection => {
    const apart = apartFrom?.filter(stays) ?? []
    return { ...connection, ...(apart.length > 0 && { apartFrom: apart }) }
  }
  return Object.fromEntries(
    Object.entries(keptRows).map(([id, connection]) => [id, withoutDeletedApart(connection)]),
  )
}

const createPlace = (): OwnedItem<PopupPlace> => ({
  ...createItem<PopupPlace>('session', 'place', {}),
  owners: ['grant'],
  // Leads to the list, because the popup would otherwise open the record of somebody else who is still signed in.
  keep: (place, stays) =>
    place.connectionId === undefined || stays(place.connectionId) ? place : { home: true },
})

/**
 * Every key in `browser.storage` except the snapshot's (`messages/snapshot`); no other module adds one. `local` outlives the browser, so a value that would open a record is
 * sealed there; `session` is memory that ends with the browser. Nothing goes to `sync`. Each table names its owners, and its rows
 * are deleted with them (`forget`). A value without an owner is deleted by the module that stores it.
 */
export const items = {
  /** Providers an administrator configured here, by id. */
  providers: createTable<SavedProvider>('local', 'providers', ['provider']),
  /** Client secrets, by provider id. */
  secrets: createTable<Sealed>('local', 'secrets', ['provider']),
  /** Applications that were registered from here, by an id of their own. */
  registrations: createTable<StoredRegistration>('local', 'registrations', []),
  /** The list of organizations that was searched last, kept so that it is fetched again only if it has changed. */
  brands: createItem<StoredBrands | null>('local', 'brands', null),
  /** Connections, by id. They stay after signing out. */
  connections: createTable<StoredConnection>('local', 'connections', ['connection'], keepConnections),
  /** Sealed `Grant`s that keep a person connected across browser restarts, by connection id. */
  grants: createTable<SealedUntil>('local', 'grants', ['grant']),
  /** Sealed `Revocation`s that have not reached their organization yet, for a day at most. */
  revocations: createItem<WaitingRevocation[]>('local', 'revocations', []),
  /** Grants that could not be revoked: the newest 20, until the person has seen them. */
  unrevoked: createItem<StoredUnrevoked[]>('local', 'unrevoked', []),
  /** Sealed grants that ended while locked, by connection id; they are revoked once the lock is open. */
  ended: createTable<SealedUntil>('local', 'ended', []),
  /** The newest proven checkpoint of each organization's access log, by provider id. It holds nothing personal. */
  checkpoints: createTable<StoredCheckpoint>('local', 'checkpoints', ['log']),
  /** What this browser knows of each connection's access log: what was read, proven, on screen, and wrong. */
  knownLogs: createTable<StoredKnownLog>('local', 'knownLogs', ['connection', 'log']),
  /** Two checkpoints with one signature that do not belong to one log, by provider id. */
  logForks: createTable<StoredFork>('local', 'logForks', ['log']),
  /** Connections, by id, whose refresh token was on disk together with the key that opens it, so that it has to be renewed. */
  exposed: createTable<true>('local', 'exposed', ['grant']),
  /** The lock that opens the vault, if a person has set one. Without it the vault's key is in IndexedDB. */
  lock: createItem<StoredLock | null>('local', 'lock', null),
  /** The units that the person chose. */
  units: createItem<Units | null>('local', 'units', null),
  /** The person answered the offer of a lock. */
  lockOffered: createItem<boolean>('local', 'lockOffered', false),
  /** The welcome page was shown. */
  welcomed: createItem<boolean>('local', 'welcomed', false),

  /** Sessions, by connection id. The only place for access tokens. */
  sessions: createTable<Session>('session', 'sessions', ['grant']),
  /** The open sign-in, or the last one that failed. */
  flow: createItem<StoredFlow | null>('session', 'flow', null),
  /** Where the popup was, and the text that was typed there, which may be a name. */
  place: createPlace(),
  /** The patients that were opened from a search, by connection id, the last one first. */
  recentPatients: createTable<Patient[]>('session', 'recentPatients', ['grant']),
  /** The last search of a popup, by connection id: the pages read so far, joined into one. */
  lastSearches: createTable<StoredSearch>('session', 'lastSearches', ['grant']),
  /** When the worker looks at an access log next, by connection id; milliseconds since 1970. */
  nextLooks: createTable<number>('session', 'nextLooks', ['grant']),
  /** The rows of `knownLogs` that there was no room for. */
  unstoredLogs: createTable<StoredKnownLog>('session', 'unstoredLogs', ['connection', 'log']),
  /** The vault's key while a lock is open, encrypted with this browser's own key: neither memory nor disk alone reveals it. */
  unlocked: createItem<Sealed | null>('session', 'unlocked', null),
  /** The key of copies while there is no lock, encrypted in the same way. */
  copyKey: createItem<Sealed | null>('session', 'copyKey', null),
  /** The lock is closing: new requests are refused, and running ones come to their end. */
  closing: createItem<boolean>('session', 'closing', false),
  /** This area's unencrypted values, sealed while locked. */
  asleep: createItem<SealedSessionArea | null>('session', 'asleep', null),
} as const

/** The keys that remain after the lock is forgotten; they hold nothing personal. */
export const keysAfterForgetting: readonly (keyof typeof items)[] = ['welcomed']

type Items = typeof items
type Values = { -readonly [Name in keyof Items]?: Items[Name] extends Item<infer T> ? T : never }

/** Stores several values of one area in one write: if the worker is stopped, all of them are stored, or none. */
export const setTogether = (area: Area, values: Values): Promise<void> => writeTogether(area, values)

/** A sealed session or grant. Its end is not encrypted, so that it can be ended while locked. */
interface SealedUntil extends Sealed {
  endsAt?: number
  /** From when on a policy counts its longest window, which may be set while locked. */
  signedInAt: number
}

/** Tells when a session or grant ends, in milliseconds since 1970; undefined if nothing ends it. */
export type EndOf = (terms: Pick<SealedUntil, 'endsAt' | 'signedInAt'>) => number | undefined

export const withEnd = (
  sealed: Sealed,
  { endsAt, signedInAt }: Pick<SealedUntil, 'endsAt' | 'signedInAt'>,
): SealedUntil => ({ ...sealed, signedInAt, ...(endsAt !== undefined && { endsAt }) })

export interface StoredLock {
  /** The vault's key, wrapped by the PIN or passkey. */
  opens: WrappedKey
  /** Minutes without activity. */
  after: LockTime
  /** Wrong tries in a row. */
  wrong: number
  /** Milliseconds to wait before the next try, as of `countedAt` (milliseconds since 1970). */
  wait: number
  countedAt: number
}

/** `salt` in base64; for a passkey it is the input of its PRF. */
export type WrappedKey =
  | { by: 'pin'; salt: string; iterations: number; key: Sealed }
  | (Passkey & { by: 'passkey'; key: Sealed })

export interface SealedSessionArea {
  sessions: Record<string, SealedUntil>
  /** Sessions that ended while locked. */
  ended?: Record<string, SealedUntil>
  /** The other items by key, sealed (`lock/sealed-items`). */
  rest: Sealed
}

export interface SavedProvider {
  id: string
  name: string
  about?: string
  /** Position in the palette of sources. */
  hue: number
  fhirBase: string
  clientId: string
  /** The authorization endpoint that an administrator pinned; empty leaves it to discovery. */
  authorizationEndpoint: string
  /** Empty for this browser's own. */
  redirectUri: string
  /** A person added it on the page where organizations are found, and nobody has configured it since. */
  addedOnFindPage?: true
}

interface StoredBrands {
  address: string
  etag: string
  brands: Brand[]
}

export interface StoredRegistration extends RegisteredClient {
  fhirBase: string
  /** The address that changes the registration (RFC 7592), and the sealed credentials for it. */
  address: string
  sealed: Sealed
}

/**
 * One person's way to one record, identified by issuer, FHIR base, subject and patient. Only a sign-in in which all four are the
 * same continues it, and only if it names the subject or the patient.
 */
export interface StoredConnection
  extends Pick<
    Connection,
    'id' | 'providerId' | 'endedBy' | 'endedAt' | 'noticedAt' | 'person' | 'samePerson' | 'apartFrom'
  > {
  issuer: string
  fhirBase: string
  /** The person's `sub` at the issuer; empty if the issuer names nobody. */
  subject: string
  /** The person as a FHIR reference; absent if the issuer names none. */
  fhirUser?: string
  /** The id of the launch context's patient. */
  patientId?: string
  /** Opened from a record system: it stands for one visit, no other sign-in continues it, and it is forgotten with the visit. */
  launched?: true
  /** When the grant of one visit ends at the organization. It outlives the browser, which takes the grant's tokens with it. */
  visitEndsAt?: number
  /** Its first sign-in is not complete yet. If it has no session, nobody has ever signed in. */
  beginning?: true
}

export interface Session extends GrantTerms {
  /** Absent after a browser restart, until it is first needed. */
  access?: AccessToken
  /** A refresh token that was not requested: never used, and revoked with the session. */
  surplus?: Sealed
}

export interface AccessToken {
  token: string
  receivedAt: number
  /** When it expires by this machine's clock, counted from `receivedAt`; milliseconds since 1970. */
  endsAt: number
}

/** A grant with its refresh token; kept sealed. */
export interface Grant extends GrantTerms {
  refreshToken: string
}

/** What the person allowed, at which organization, and until when. */
export interface GrantTerms {
  providerId: string
  /** The access token is sent only here and to the `server`'s own addresses. */
  fhirBase: string
  /** The application it was given to. */
  clientId: string
  /** The key in IndexedDB that its tokens are bound to (RFC 9449); absent if the provider binds none. */
  proofKey?: string
  signedInAt: number
  /** What the sign-in asked for; nothing else is used, whatever the organization grants. */
  requestedScope: string
  /** What may be used: granted, requested, and allowed by the policy. */
  scope: string
  /** What refreshes ask for, because the organization granted more than may be used. */
  narrowTo?: string
  /** The scope at sign-in, if it has become narrower since. */
  firstScope?: string
  server: Endpoints
  /** Launch context: the one patient the grant is about. */
  patient?: Patient
  endsAt?: number
  /** Set if a policy ends it earlier here than at the organization. */
  endsBy?: 'policy'
  staysConnected: boolean
  launch?: LaunchTerms
}

/** The terms of a launch from a record system (SMART App Launch 2.2, section 2.1.6). */
export type LaunchTerms = Pick<LaunchedConnection, 'needsBanner' | 'visit'>

export interface StoredSearch {
  query: PatientQuery
  page: PatientPage
  readAt: number
}

export interface StoredFlow extends Flow {
  /** The run of the worker that the flow belongs to. A flow of an earlier run cannot be resumed. */
  bootId: string
}

/** The addresses of the authorization server that gave the grant; later requests about it are sent nowhere else. */
export type Endpoints = {
  issuer: string
  token_endpoint: string
  revocation_endpoint?: string
  registration_endpoint?: string
  applications_endpoint?: string
  management_endpoint?: string
  access_log_endpoint?: string
}

export interface WaitingRevocation extends Sealed {
  /** When it was stored, and when the last try failed; milliseconds since 1970. The first try may still be under way. */
  since: number
  tried?: number
  /** The connection whose grant it is. */
  connectionId?: string
  /** When the session began that ended with this row: if the worker stops before memory forgets it too, the next one sees to it. */
  signedInAt?: number
  /** The grant ended by itself, so that its row does not say so meanwhile, nor a notice that a later try succeeded. */
  quiet?: true
}

/** Holds the connection's id and no name, which would stay after the connection is removed. */
export interface StoredUnrevoked extends Omit<Unrevoked, 'person'> {
  connectionId?: string
}

export interface Revocation {
  providerId: string
  fhirBase: string
  clientId: string
  server: Pick<Endpoints, 'issuer' | 'revocation_endpoint' | 'management_endpoint'>
  endsAt?: number
  endsBy?: 'policy'
  /** Refresh token first: revoking it ends the grant. */
  tokens: string[]
}
