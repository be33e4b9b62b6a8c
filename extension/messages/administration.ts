import type { Finding } from './findings.ts'
import type { AccessEntry, AccessKind } from './log-entries.ts'

export interface Scan {
  name?: string
  fhirBase: string
  authorization_endpoint: string
  token_endpoint: string
  registration_endpoint?: string
  revocation_endpoint?: string
  redirectUri: string
  /** Where the addresses were found. */
  source: 'smart-configuration' | 'capability-statement'
  findings: Finding[]
}

export interface RegisteredApplication {
  clientId: string
  /** Shown once; nobody can read it again. */
  clientSecret?: string
}

/** An application that was registered from this browser, with the names that tell it from others. */
export interface RegisteredClient {
  id: string
  /** The organization's name in this browser at that time. */
  organization: string
  clientId: string
  clientName: string
  hasSecret: boolean
  registeredAt: number
  /** As the organization's list said last; absent until it was read. */
  disabled?: boolean
}

/** An application of the organization, whoever registered it. */
export interface Application {
  clientId: string
  clientName: string
  redirectUris: string[]
  /** The application has more addresses, or some with a space, so the list cannot be edited here. */
  redirectUrisCut?: true
  /** What it may ask for, as the organization writes it; empty for all that it offers, absent if longer than 2,000 characters. */
  scope?: string
  /** Milliseconds since 1970. */
  registeredAt?: number
  hasSecret: boolean
  disabled: boolean
  /** False: it can only be disabled and deleted from here. */
  editable: boolean
  /** This browser is signed in through it. */
  inUse: boolean
  /** How many people it has an active grant of, and when one was last used (milliseconds since 1970). `isAll` false: at least so many. */
  use?: { people: number; isAll: boolean; lastUsedAt?: number } | undefined
}

/** An absent member stays as it is. */
export type ApplicationEdit = Partial<Pick<Application, 'clientName' | 'redirectUris' | 'scope'>>

export type ApplicationChange = ApplicationEdit | { disabled: boolean } | { newSecret: true }

/** A filter for entries of an access log. Members combine with AND; an absent one matches every entry. */
export interface LogFilter {
  /** A name as people write it, an id, or `Patient/[id]`. */
  patient?: string
  /** Who acted: a name, an id, `Practitioner/[id]` or `Patient/[id]`. */
  agent?: string
  kind?: AccessKind
  outcome?: AccessEntry['outcome']
  /** Days in this browser's time zone, both included: `2026-11-24`. */
  from?: string
  to?: string
}

export interface ProviderForm {
  /** Absent for a new provider. */
  id?: string
  name: string
  clientId: string
  /** Absent keeps the stored secret; empty removes it. */
  clientSecret?: string
  fhirBase: string
  authorizationEndpoint: string
  redirectUri: string
}
