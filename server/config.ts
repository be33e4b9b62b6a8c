/** The configuration of one organization's server at start. Everything else is in its database. */
export interface Config {
  /** The organization's address without a trailing slash: the issuer `B`, exactly as clients compare it (RFC 8414 section 2). */
  readonly publicUrl: string
  /** The host on which the server listens. */
  readonly host: string
  readonly port: number
  /**
   * Addresses and networks of the proxies in front, whose `X-Forwarded-*` headers are believed. Absent: nobody's are, and the
   * connection's own address counts.
   */
  readonly trustProxy?: readonly string[]
  /** Shown to people on every page and in the CapabilityStatement. */
  readonly organization: Organization
  /** Where the records come from that the FHIR API serves. */
  readonly source: Source
  /** By default `DEFAULT_WINDOWS`. */
  readonly windows?: LongestWindows
  /** Where Prometheus reads what is measured. Absent: nothing is measured. */
  readonly metrics?: { readonly host: string; readonly port: number }
  /** A demo organization: its accounts, clients and records exist, and loopback addresses may be fetched. */
  readonly demo?: DemoName
}

/** What a person is here. */
export type Role = 'patient' | 'clinician' | 'admin'

/** The longest that a grant lasts, by the role of the person who gives it, in milliseconds. A role without one has no limit. */
export type LongestWindows = Readonly<Partial<Record<Role, number>>>

const HOUR = 3_600_000

/** Whoever reads other people's records, or the log, signs in again every day. */
export const DEFAULT_WINDOWS: LongestWindows = { clinician: 12 * HOUR, admin: 12 * HOUR }

export interface Organization {
  readonly name: string
  /** A description in one line, under the name. */
  readonly about: string
  /** The colour of its mark on its own pages, `#rrggbb`. */
  readonly color: string
  /** Where it is, as people search for it. */
  readonly address?: { readonly city: string; readonly state: string; readonly country: string }
}

/** Where records come from. A secret is named as a file, by its absolute path (`read-secret.ts`). */
export type Source = EmbeddedSource | FhirSource | WithingsSource

/** The organization's own database. */
export interface EmbeddedSource {
  readonly kind: 'embedded'
}

/** Another FHIR server, which Carekey stands in front of. */
export interface FhirSource {
  readonly kind: 'fhir'
  /** Its FHIR base, without a trailing slash. The operator chose it, so it may lie in a private network. */
  readonly base: string
  /** Other names that it gives itself in links and references, such as that of a proxy in front of it. */
  readonly aliases?: readonly string[]
  readonly authentication: FhirAuthentication
}

/** How Carekey authenticates itself to the other FHIR server. */
export type FhirAuthentication =
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer'; readonly tokenFile: string }
  | { readonly kind: 'basic'; readonly username: string; readonly passwordFile: string }
  /** SMART Backend Services; the file holds one private key, as a JWK or as PKCS#8 PEM. */
  | { readonly kind: 'smart-backend'; readonly clientId: string; readonly keyFile: string }

/** Withings, whose readings are fetched into the organization's own database. */
export interface WithingsSource {
  readonly kind: 'withings'
  readonly clientId: string
  readonly clientSecretFile: string
  /** The origin of Withings' sign-in page, without a trailing slash. */
  readonly accountUrl: string
  /** The origin of Withings' API, without a trailing slash. */
  readonly apiUrl: string
}

export type DemoName = 'riverside' | 'pulse' | 'withings'

/** The FHIR R4 base `B/fhir`, which is also the only accepted `aud` (SMART App Launch 2.2, section 2.1.3). */
export const fhirBase = (config: Pick<Config, 'publicUrl'>): string => `${config.publicUrl}/fhir`

/** Milliseconds since 1970; injected, so that tests can move it. */
export type Clock = () => number
