/** The file that a configuration is exported to: JSON, with the providers and never a secret. */
export interface ConfigurationFile {
  carekey: 'configuration'
  version: 1
  providers: ExportedProvider[]
}

export interface ExportedProvider {
  name: string
  clientId: string
  fhirBase: string
  authorizationEndpoint: string
  /** Absent means each browser's own address. */
  redirectUri?: string
}

/** What importing a file will do, or why it cannot be imported. Providers are told apart by FHIR base and Client ID. */
export interface ImportPlan {
  added: string[]
  changed: ChangedProvider[]
  unchanged: string[]
  /**
   * Providers whose sign-in begins, or whose answer arrives, at a host that is not the organization's own; each has to be
   * confirmed.
   */
  foreign: { name: string; host: string }[]
  /** Changed providers whose people are signed out, because their sign-in begins elsewhere. */
  signedOut: string[]
  /** If there is any, nothing in the file is imported. */
  faults: ImportFault[]
}

/** The changes to a provider, member by member; an empty redirect address is the browser's own. */
export interface ChangedProvider {
  name: string
  changes: { member: 'name' | 'authorizationEndpoint' | 'redirectUri'; from: string; to: string }[]
}

/** `at` is a place in the file: `providers[2].fhirBase`. The sentence of a reason is `fault_<reason, - as _>`. */
export interface ImportFault {
  at: string
  reason:
    | 'too-large'
    | 'not-configuration'
    | 'other-version'
    | 'too-many'
    | 'unknown-member'
    | 'member-twice'
    | 'not-text'
    | 'not-usable'
    | 'insecure-address'
    | 'private-address'
    | 'twice'
}
