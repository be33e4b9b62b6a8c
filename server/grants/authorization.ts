import type { Role } from '../config.ts'
import type { SmartScope } from './scopes/scopes.ts'

/** The authorization that a presented access token stands for, as looked up in the store for this request. */
export interface Authorization {
  /** Absent if the application acts for itself, because no person consented. */
  readonly grantId?: string
  /** When the grant was last used before this request, to the minute. */
  readonly grantUsedAt?: number
  /** Names the token in the access log without revealing it: a part of the token's SHA-256. */
  readonly tokenRef: string
  readonly clientId: string
  readonly clientName: string
  /** The person it acts for. Absent: the application acts for itself (SMART Backend Services), by `system/` scopes. */
  readonly account?: Account
  readonly scopes: readonly SmartScope[]
  /** Every word of the granted `scope`, including those that are not resource scopes. */
  readonly words: ReadonlySet<string>
  /** Launch context. Absent: every `patient/` scope is refused. */
  readonly patient?: string
  /** When the token or the window ends, whichever is first; milliseconds since 1970. */
  readonly expiresAt: number
  /** RFC 7638 thumbprint of the key that the token is bound to (RFC 9449); absent: a bearer token. */
  readonly jkt?: string
  /** Until the first use of a token of its answer: the refresh token that came with it, as it is stored (`lost-answer.ts`). */
  readonly cameWith?: string
}

export interface Account {
  readonly id: string
  readonly name: string
  readonly role: Role
  /** The Patient resource this person is. */
  readonly patient?: string
  /** The Practitioner resource this person is. */
  readonly practitioner?: string
}

/** An account as it was at sign-in. Everything based on it ends when the account's generation changes (`store/schema.ts`). */
export interface SignedInAccount extends Account {
  readonly generation: number
}
