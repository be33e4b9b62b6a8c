import browser from 'webextension-polyfill'
import { createItem, type Item } from './item.ts'
import type { StoredFlow, StoredPlace } from './stored-flow.ts'
import type {
  LogSeen,
  NewAccesses,
  OwnRequests,
  StoredCheckpoint,
  StoredFork,
  StoredKnownEntries,
  StoredLogAlarm,
} from './stored-log.ts'
import type { Sealed } from './vault.ts'
import { writeTogether } from './write.ts'

/**
 * Every key this extension stores, and nothing else stores any. `local` outlives the browser, so whatever opens a record
 * is sealed there; `session` is memory that ends with the browser. Nothing goes to `sync`.
 */
export const items = {
  /** Providers an administrator configured here, by id. */
  providers: createItem<Record<string, SavedProvider>>('local', 'providers', {}),
  /** Client secrets, by provider id. */
  secrets: createItem<Record<string, Sealed>>('local', 'secrets', {}),
  /** Applications that were registered from here, by an id of their own. */
  registrations: createItem<Record<string, StoredRegistration>>('local', 'registrations', {}),
  /** The list of organizations that was searched last, so that it is fetched only when it changed. */
  brands: createItem<StoredBrands | null>('local', 'brands', null),
  /** Who has been connected to what, by connection id; all that is left of a connection after signing out. */
  connections: createItem<Record<string, StoredConnection>>('local', 'connections', {}),
  /** What staying connected across browser restarts takes, by connection id: a sealed `Grant`. */
  grants: createItem<Record<string, SealedUntil>>('local', 'grants', {}),
  /** Tokens an organization could not be told to revoke yet: each a sealed `Revocation`, for a day at most. */
  revocations: createItem<WaitingRevocation[]>('local', 'revocations', []),
  /** What an organization could not be told has ended, until a person has seen it: the newest 20. */
  unrevoked: createItem<Unrevoked[]>('local', 'unrevoked', []),
  /** Grants whose time was over while locked, sealed, by connection id: once it is open, their organizations are told. */
  ended: createItem<Record<string, SealedUntil>>('local', 'ended', {}),
  /** The newest proven head of each organization's access log, by provider id. It says nothing about anyone. */
  checkpoints: createItem<Record<string, StoredCheckpoint>>('local', 'checkpoints', {}),
  /** Where the entries of a person's own log lie, by connection id. It says nothing about anyone. */
  knownEntries: createItem<Record<string, StoredKnownEntries>>('local', 'knownEntries', {}),
  /** Two heads of one access log that are not of one log, by provider id. */
  logForks: createItem<Record<string, StoredFork>>('local', 'logForks', {}),
  /** Which reads this browser sent, by connection id; those of a sign-in by FHIR base. They hold nothing of a record. */
  ownRequests: createItem<Record<string, OwnRequests>>('local', 'ownRequests', {}),
  /** Whose refresh token has lain on the disk under a key that lay there too, by connection id: it is to be renewed. */
  exposed: createItem<Record<string, true>>('local', 'exposed', {}),
  /** What opens the vault, where a person has set a lock. Without it the vault's key lies in IndexedDB. */
  lock: createItem<StoredLock | null>('local', 'lock', null),
  /** The page about what Carekey is was shown. */
  welcomed: createItem<boolean>('local', 'welcomed', false),

  /** What is wrong with an access log, by connection id. It outlives the browser, as the checkpoint does. */
  logAlarms: createItem<Record<string, StoredLogAlarm>>('local', 'logAlarms', {}),
  /** How far an access log has been on screen, by connection id. */
  logSeen: createItem<Record<string, LogSeen>>('local', 'logSeen', {}),

  /** Who is signed in now, by connection id. The only place for access tokens. */
  sessions: createItem<Record<string, Session>>('session', 'sessions', {}),
  /** The sign-in that is open, or the one that failed last. */
  flow: createItem<StoredFlow | null>('session', 'flow', null),
  /** Where the popup was, and what was typed there, which may be a name. */
  place: createItem<StoredPlace>('session', 'place', {}),
  /** Accesses by others that were not on screen yet, by connection id. */
  newAccesses: createItem<Record<string, NewAccesses>>('session', 'newAccesses', {}),
  /** When an access log is looked at next while nobody has it open, by connection id; milliseconds since 1970. */
  nextLooks: createItem<Record<string, number>>('session', 'nextLooks', {}),
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
export const setTogether = (area: 'local' | 'session', values: Values): Promise<void> =>
  writeTogether(area, values)

export const removeTogether = (area: 'local' | 'session', names: (keyof Items)[]): Promise<void> =>
  browser.storage[area].remove(names)

/** Deletes whatever else is there, also what nobody knows any more. */
export const keepOnly = async (area: 'local' | 'session', names: readonly string[]): Promise<void> => {
  const gone = Object.keys(await browser.storage[area].get()).filter((key) => !names.includes(key))
  await browser.storage[area].remove(gone)
}

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
  after: number
  /** Wrong tries in a row. */
  wrong: number
  /** Milliseconds to wait before the next try, as they were counted at `countedAt`, milliseconds since 1970. */
  wait: number
  countedAt: number
}

/** `salt` in base64; of a passkey it is what its PRF is asked about. */
export type WrappedKey =
  | { by: 'pin'; salt: string; iterations: number; key: Sealed }
  | { by: 'passkey'; id: string; salt: string; key: Sealed }

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
  /** A `Brand` of the protocol each. */
  brands: {
    name: string
    place?: string
    portal?: { name: string; address: string }
    fhirBase: string
  }[]
}

export interface StoredRegistration {
  id: string
  organization: string
  fhirBase: string
  clientId: string
  clientName: string
  hasSecret: boolean
  registeredAt: number
  /** Where the organization lets it be changed (RFC 7592), and what that takes. */
  address: string
  sealed: Sealed
}

/**
 * One person's way to one record. Issuer, FHIR base, subject and patient tell it from every other: nobody else's sign-in,
 * no other patient of the same account and no other server behind the same provider ever continues it.
 */
export interface StoredConnection {
  id: string
  providerId: string
  issuer: string
  fhirBase: string
  /** The person at the issuer: `sub`; empty where it names nobody. */
  subject: string
  /** The id of the launch context's patient. */
  patientId?: string
  /** Why nobody is signed in any more, where it was not the person's own doing. */
  endedBy?: 'provider-changed'
  person: { name: string; role: 'patient' | 'clinician' | 'administrator' }
  /** The person said that all connections with this mark are of one person; a random one. */
  samePerson?: string
  /** The person said that it is of another person than these connections are. */
  apartFrom?: string[]
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
  patient?: StoredPatient
  endsAt?: number
  /** It ends earlier here than at the organization. */
  endsBy?: 'policy'
  staysConnected: boolean
  launch?: LaunchTerms
}

/** What came with a launch from a record system (SMART App Launch 2.2, section 2.1.6). */
export interface LaunchTerms {
  needsBanner: boolean
  visit?: Visit
}

/** An Encounter, as far as it names itself. */
export interface Visit {
  id: string
  name?: string
  start?: string
}

/** The addresses of the authorization server that gave the grant; what is sent to them later goes nowhere else. */
export type Endpoints = {
  issuer: string
  token_endpoint: string
  revocation_endpoint?: string
  registration_endpoint?: string
  management_endpoint?: string
  access_log_endpoint?: string
}

export interface StoredPatient {
  id: string
  name: string
  birthDate?: string
  gender?: string
  identifiers: { label: string; value: string }[]
  place?: string
}

export interface WaitingRevocation extends Sealed {
  /** When it failed first, and when it was tried last; milliseconds since 1970. */
  since: number
  tried: number
}

/** An `Unrevoked` of the protocol. */
export interface Unrevoked {
  id: string
  organization: string
  page?: string
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
