/** One interaction, as the access log keeps it: who, what, when, through which application, and how it ended. */
export interface Access {
  readonly kind: AccessKind
  /** The request's two names in one, see `request-names.ts`. */
  readonly requestId: string
  readonly outcome: 'success' | 'refused' | 'failed'
  /** Why it was refused or failed, as a code: `invalid_token`, `not_found`, `bad_request` … Never a value from the request. */
  readonly reason?: string
  readonly agent: AccessAgent
  /** Patients whose record this concerns; several make an entry each. */
  readonly patients: readonly string[]
  /** The resource read, `Observation/1`. */
  readonly entity?: string
  /** The search as it was asked, path and query or body; stored base64 as IHE BALP wants it. */
  readonly query?: string
  /** What else is to be told, as codes: scope and window of a consent, what changed, what was replayed. Never a value of the record. */
  readonly details?: Readonly<Record<string, string>>
  /** When it was, where that is no moment; milliseconds since 1970. */
  readonly period?: { readonly start: number; readonly end: number }
}

/** What happened; the rest of an access is filled in from the request. */
export type AccessEvent = Pick<Access, 'kind' | 'outcome'> & Partial<Access>

export type AccessKind =
  | 'read'
  | 'search'
  | 'authorize'
  | 'sign-in'
  | 'sign-out'
  | 'consent'
  | 'token'
  | 'revoke'
  | 'introspect'
  | 'userinfo'
  | 'register'
  | 'account'
  | 'proof'
  | 'export'
  | 'rollback'
  | 'clock'
  | 'erasure'
  | 'refusals'
  | 'other'

/** Whoever changes something at the terminal. */
export const TERMINAL: AccessAgent = { address: 'terminal', clientName: 'Administration at the terminal' }

export interface AccessAgent {
  /** The network address the request came from. */
  readonly address: string
  readonly clientId?: string
  readonly clientName?: string
  readonly accountId?: string
  readonly accountName?: string
  /** `Patient/1`, `Practitioner/1`. */
  readonly fhirUser?: string
  /** Names the token, see `Authorization.tokenRef`. */
  readonly tokenRef?: string
}
