/** What the administration of this browser has set, as pages show it. Absent members are left to the person. */
export interface Policy {
  /** Addresses at or under which a provider's FHIR base has to lie; nothing else may be used. */
  allowedProviders?: string[]
  /** Scopes that are never asked for. */
  forbiddenScopes: string[]
  longestWindow?: PolicyWindow
  locked: PolicyLock[]
  /** It cannot be read, so that nothing is allowed. */
  faulty?: true
}

export type PolicyWindow = 'visit' | 'hour' | 'day' | 'month'

/** `providers`: configuring them. `applications`: registering them. */
export type PolicyLock = 'providers' | 'applications'
