import type { RegisteredClient } from '../messages/administration.ts'
import type { Brand } from '../messages/brands.ts'
import type { LockTime, Passkey } from '../messages/lock.ts'
import type { Patient } from '../messages/patients.ts'
import type { Connection, Flow, Launched, Place, Unrevoked } from '../messages/state.ts'
import { type Area, writeTogether } from './area.ts'
import { createItem, type Item } from './item.ts'
import type {
  LogSeen,
  NewAccesses,
  OwnRequests,
  StoredCheckpoint,
  StoredFork,
  StoredKnownEntries,
  StoredLogAlarm,
} from './stored-log.ts'
import { createTable, keepRows, type Owned, type Rows } from './table.ts'
import type { Sealed } from './vault.ts'

/** Of the connections that are left, none says anything of one that is gone. */
const keepConnections = (
  all: Rows<StoredConnection>,
  stays: (id: string) => boolean,
): Rows<StoredConnection> => {
  const kept = keepRows(all, stays)
  if (kept === all) return all
  const tidy = ({ apartFrom, ...connection }: StoredConnection): StoredConnection => {
    const apart = apartFrom?.filter(stays) ?? []
    return { ...connection, ...(apart.length > 0 && { apartFrom: apart }) }
  }
  return Object.fromEntries(Object.entries(kept).map(([id, connection]) => [id, tidy(connection)]))
}

const createPlace = (): Owned<Place> => ({
  ...createItem<Place>('session', 'place', {}),
  owners: ['grant'],
  keep: (place, stays) => (place.connectionId === undefined || stays(place.connectionId) ? place : {}),
})

/**
 * Every key this extension stores, and nothing else stores any. `local` outlives the browser, so whatever opens a record
 * is sealed there; `session` is memory that ends with the browser. Nothing goes to `sync`. Each table names its owners, with
 * whom its rows are deleted (`forget`); without one, and without a table, a value is deleted by those who keep it.
 */
export const items = {
  /** Providers an administrator configured here, by id. */
  providers: createTable<SavedProvider>('local', 'providers', ['provider']),
  /** Client secrets, by provider id. */
  secrets: createTable<Sealed>('local', 'secrets', ['provider']),
  /** Applications that were registered from here, by an id of their own. */
  registrations: createTable<StoredRegistration>('local', 'registrations', []),
  /** The list of organizations that was searched last, so that it is fetched only when it changed. */
  brands: createItem<StoredBrands | null>('local', 'brands', null),
  /** Who has been connected to what, by connection id; all that is left of a connection after signing out. */
  connections: createTable<StoredConnection>('local', 'connections', ['connection'], keepConnections),
  /** What staying connected across browser restarts takes, by connection id: a sealed `Grant`. */
  grants: createTable<SealedUntil>('local', 'grants', ['grant']),
  /** Tokens an organization could not be told to revoke yet: each a sealed `Revocation`, for a day at most. */
  revocations: createItem<WaitingRevocation[]>('local', 'revocations', []),
  /** What an organization could not be told has ended, until a person has seen it: the newest 20. */
  unrevoked: createItem<Unrevoked[]>('local', 'unrevoked', []),
  /** Grants whose time was over while locked, sealed, by connection id: once it is open, their organizations are told. */
  ended: createTable<SealedUntil>('local', 'ended', []),
  /** The newest proven head of each organization's access log, by provider id. It says nothing about anyone. */
  checkpoints: createTable<StoredCheckpoint>('local', 'checkpoints', ['log']),
  /** Where the entries of a person's own log lie, by connection id. It says nothing about anyone. */
  knownEntries: createTable<StoredKnownEntries>('local', 'knownEntries', ['connection', 'log']),
  /** Two heads of one access log that are not of one log, by provider id. */
  logForks: createTable<StoredFork>('local', 'logForks', ['log']),
  /** Of an earlier version: which reads this browser sent. Moved to IndexedDB when the worker starts. */
  ownRequests: createItem<Record<string, OwnRequests>>('local', 'ownRequests', {}),
  /** Whose refresh token has lain on the disk under a key that lay there too, by connection id: it is to be renewed. */
  exposed: createTable<true>('local', 'exposed', ['grant']),
  /** What opens the vault, where a person has set a lock. Without it the vault's key lies in IndexedDB. */
  lock: createItem<StoredLock | null>('local', 'lock', null),
  /** The page about what Carekey is was shown. */
  welcomed: createItem<boolean>('local', 'welcomed', false),

  /** What is wrong with an access log, by connection id. It outlives the browser, as the checkpoint does. */
  logAlarms: createTable<StoredLogAlarm>('local', 'logAlarms', ['connection', 'log']),
  /** How far an access log has been on screen, by connection id. */
  logSeen: createTable<LogSeen>('local', 'logSeen', ['connection']),

  /** Who is signed in now, by connection id. The only place for access tokens. */
  sessions: createTable<Session>('session', 'sessions', ['grant']),
  /** The sign-in that is open, or the one that failed last. */
  flow: createItem<StoredFlow | null>('session', 'flow', null),
  /** Where the popup was, and what was typed there, which may be a name. */
  place: createPlace(),
  /** Accesses by others that were not on screen yet, by connection id. */
  newAccesses: createTable<NewAccesses>('session', 'newAccesses', ['grant']),
  /** When an access log is looked at next while nobody has it open, by connection id; milliseconds since 1970. */
  nextLooks: createTable<number>('session', 'nextLooks', ['grant']),
  /** The vault's key while a lock is open, under this browser's own key: neither memory nor disk alone holds it. */
  unlocked: createItem<Sealed | null>('session', 'unlocked', null),
  /** The key of copies while there is no lock, in the same way. */
  copyKey: createItem<Sealed | null>('session', 'copyKey', null),
  /** Being locked: nothing is answered any more, and what was under way comes to its end. */
  closing: createItem<boolean>('session', 'closing', false),
  /** What this area held in clear, while locked. */
  asleep: createItem<Asleep | null>('session', 'asleep', null),
} as const

/** All that forgetting the lock leaves: it says nothing of anyone. */
export const survivesForgetting: readonly (keyof typeof items)[] = ['welcomed']

type Items = typeof items
type Values = { -readonly [Name in keyof Items]?: Items[Name] extends Item<infer T> ? T : never }

/** Several of one area in one write: whenever the worker is stopped, all of them are there, or none. */
export const setTogether = (area: Area, values: Values): Promise<void> => writeTogether(area, values)

/** A sealed session or grant, with its end beside it: over is over, also while nothing can be opened. */
export interface SealedUntil extends Sealed {
  endsAt?: number
}

export const withEnd = (sealed: Sealed, { endsAt }: { endsAt?: number }): SealedUntil => ({
  ...sealed,
  ...(endsAt !== undefined && { endsAt }),
})

export interface StoredLock {
  /** What opens it, and the vault's key under that. */
  opens: WrappedKey
  /** Minutes without use. */
  after: LockTime
  /** Wrong tries in a row. */
  wrong: number
  /** Milliseconds to wait before the next try, as they were counted at `countedAt`, milliseconds since 1970. */
  wait: number
  countedAt: number
}

/** `salt` in base64; of a passkey it is what its PRF is asked about. */
export type WrappedKey =
  | { by: 'pin'; salt: string; iterations: number; key: Sealed }
  | (Passkey & { by: 'passkey'; key: Sealed })

export interface Asleep {
  sessions: Record<string, SealedUntil>
  /** Those whose time was over while locked. */
  ended?: Record<string, SealedUntil>
  /** `AsleepRest`. */
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
  /** Where signing in begins, when an administrator pinned it; empty leaves it to discovery. */
  authorizationEndpoint: string
  /** Empty stands for this browser's own. */
  redirectUri: string
}

export interface StoredBrands {
  address: string
  etag: string
  brands: Brand[]
}

export interface StoredRegistration extends RegisteredClient {
  fhirBase: string
  /** Where the organization lets it be changed (RFC 7592), and what that takes. */
  address: string
  sealed: Sealed
}

/**
 * One person's way to one record. Issuer, FHIR base, subject and patient tell it from every other: nobody else's sign-in,
 * no other patient of the same account and no other server behind the same provider ever continues it.
 */
export interface StoredConnection
  extends Pick<Connection, 'id' | 'providerId' | 'endedBy' | 'person' | 'samePerson' | 'apartFrom'> {
  issuer: string
  fhirBase: string
  /** The person at the issuer: `sub`; empty where it names nobody. */
  subject: string
  /** The id of the launch context's patient. */
  patientId?: string
  /** Opened from a record system: it stands for one visit, no other sign-in continues it, and it is forgotten with it. */
  launched?: true
  /** Its first sign-in has not ended: without a session there was none. */
  beginning?: true
}

export interface Session extends GrantTerms {
  /** Absent after a browser restart, until it is first needed. */
  access?: AccessToken
}

export interface AccessToken {
  token: string
  receivedAt: number
  /** Counted from its receipt by this machine's clock; milliseconds since 1970. */
  endsAt: number
}

/** What a refresh token continues; kept sealed. */
export interface Grant extends GrantTerms {
  refreshToken: string
}

/** What the person allowed, where it was allowed, and until when. */
export interface GrantTerms {
  providerId: string
  /** The only place its access token goes to, beside the `server`'s own addresses. */
  fhirBase: string
  /** The application it was given to. */
  clientId: string
  /** The key in IndexedDB that its tokens are bound to (RFC 9449); absent where the provider binds none. */
  proofKey?: string
  signedInAt: number
  scope: string
  server: Endpoints
  /** Launch context: the one patient the grant is about. */
  patient?: Patient
  endsAt?: number
  /** It ends earlier here than at the organization. */
  endsBy?: 'policy'
  staysConnected: boolean
  launch?: LaunchTerms
}

/** What came with a launch from a record system (SMART App Launch 2.2, section 2.1.6). */
export type LaunchTerms = Pick<Launched, 'needsBanner' | 'visit'>

/** The addresses of the authorization server that gave the grant; what is sent to them later goes nowhere else. */
export type Endpoints = {
  issuer: string
  token_endpoint: string
  revocation_endpoint?: string
  registration_endpoint?: string
  management_endpoint?: string
  access_log_endpoint?: string
}

export interface StoredFlow extends Flow {
  /** The life of the worker that runs it. A flow of an earlier life cannot be resumed. */
  bootId: string
}

export interface WaitingRevocation extends Sealed {
  /** When it failed first, and when it was tried last; milliseconds since 1970. */
  since: number
  tried: number
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
