/** The configuration of one organization's server at start. Everything else is in its database. */
export interface Config {
  /** The organization's address without a trailing slash: the issuer `B`, exactly as clients compare it (RFC 8414 section 2). */
  readonly publicUrl: string
  /** The host on which the server listens. */
  readonly host: string
  readonly port: number
  /** Shown to people on every page and in the CapabilityStatement. */
  readonly organization: Organization
  /** A demo organization: its accounts, clients and records exist, and loopback addresses may be fetched. */
  readonly demo?: DemoName
}

export interface Organization {
  readonly name: string
  /** A description in one line, under the name. */
  readonly about: string
  /** The colour of its mark on its own pages, `#rrggbb`. */
  readonly color: string
}

export type DemoName = 'riverside' | 'pulse'

/** The FHIR R4 base `B/fhir`, which is also the only accepted `aud` (SMART App Launch 2.2, section 2.1.3). */
export const fhirBase = (config: Pick<Config, 'publicUrl'>): string => `${config.publicUrl}/fhir`

/** Milliseconds since 1970; injected, so that tests can move it. */
export type Clock = () => number
