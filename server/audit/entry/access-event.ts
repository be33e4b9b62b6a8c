import type { AccessKind } from '../../../values/access-kinds.ts'

/** An interaction as the access log stores it: who did what, when, through which application, and how it ended. */
export interface LoggedAccess {
  readonly kind: AccessKind
  /** Both names of the request, see `errors.ts`. */
  readonly requestId: string
  readonly outcome: 'success' | 'refused' | 'failed'
  /** Why it was refused or failed, as a code: `invalid_token`, `not_found`, `bad_request` … Never a value from the request. */
  readonly reason?: string
  readonly agent: AccessAgent
  /** Patients whose record this concerns; each gets an entry. */
  readonly patients: readonly string[]
  /** Whose password was tried in vain, unless it was a patient: an erasure leaves this name. */
  readonly account?: { readonly id: string; readonly name: string }
  /** The application that was registered, changed or removed; its name as pages may show it. */
  readonly application?: { readonly clientId: string; readonly name: string }
  /** The resource read, `Observation/1`. */
  readonly entity?: string
  /** The search as it was sent, path and query or body; stored base64, as IHE BALP requires. */
  readonly query?: string
  /**
   * Further facts as codes: scope and window of a consent, what changed, what was renewed or replayed. Never a value of the record. Those that
   * hold an id are listed in `mention-places.ts`, where an erasure looks for it.
   */
  readonly details?: Readonly<Record<string, string>>
  /** For an entry that covers a period: its start and end, in milliseconds since 1970. */
  readonly period?: { readonly start: number; readonly end: number }
}

/** An event; the other fields of its access come from the request. */
export type AccessEvent = Pick<LoggedAccess, 'kind' | 'outcome'> & Partial<LoggedAccess>

/** The agent of each change that is made at the terminal. */
export const TERMINAL: AccessAgent = { address: 'terminal', clientName: 'Administration at the terminal' }

export interface AccessAgent {
  /** The network address the request came from. */
  readonly address: string
  /** The request came from the organization's own pages, and so through no application. */
  readonly onOwnPages?: true
  readonly clientId?: string
  readonly clientName?: string
  /** The application authenticated in this request, or its token did. Its id alone proves nothing, because anybody can send it. */
  readonly isProven?: true
  readonly accountId?: string
  readonly accountName?: string
  /** `Patient/1`, `Practitioner/1`. */
  readonly fhirUser?: string
  /** Names the token, see `Authorization.tokenRef`. */
  readonly tokenRef?: string
}
