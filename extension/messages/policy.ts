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
