import {
  type DPoPHandle,
  getValidatedIdTokenClaims,
  type IDToken,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import { ProblemError } from '../messages/errors.ts'
import type { AccessToken } from '../storage/items.ts'
import { tolerance } from './oauth-options.ts'

/** A token response (RFC 6749 section 5.1, SMART App Launch 2.2 section 2.1.6), with its times made absolute. */
export interface Tokens {
  access: AccessToken
  /** Bound to a key: good for nothing without a proof (RFC 9449, section 5). */
  bound: boolean
  refreshToken?: string
  scope?: string
  /** Launch context. */
  patient?: string
  encounter?: string
  /** `need_patient_banner`: false only where the record system shows the patient beside us, and says so. */
  needsBanner: boolean
  /** The end of the window that the person chose. */
  grantEndsAt?: number
}

/** What RFC 6749 leaves open when `expires_in` is missing. */
const usualLifetime = 3600

/** @param proof what came with the request; only then an answer may be bound. */
export const readTokens = (answer: TokenEndpointResponse, receivedAt: number, proof?: DPoPHandle): Tokens => {
  const bound = answer.token_type === 'dpop'
  if (bound ? !proof : answer.token_type !== 'bearer') throw new ProblemError('untrusted-answer')
  const lifetime = answer.expires_in ?? usualLifetime
  const access = { token: answer.access_token, receivedAt, endsAt: receivedAt + lifetime * 1000 }
  const grantEndsAt = parseTime(answer.access_grant_expiration)
  return {
    access,
    bound,
    ...(answer.refresh_token !== undefined && { refreshToken: answer.refresh_token }),
    ...(answer.scope !== undefined && { scope: answer.scope }),
    ...(typeof answer.patient === 'string' && { patient: answer.patient }),
    ...(typeof answer.encounter === 'string' && { encounter: answer.encounter }),
    needsBanner: answer.need_patient_banner !== false,
    ...(grantEndsAt !== undefined && { grantEndsAt }),
  }
}

/**
 * Claims of an answer whose id_token was validated (OpenID Connect Core 3.1.3.7); undefined where it has none. A token of
 * the future is refused as well, which the library leaves open.
 */
export const readClaims = (answer: TokenEndpointResponse, now: number): IDToken | undefined => {
  const claims = getValidatedIdTokenClaims(answer)
  if (claims && claims.iat > now / 1000 + tolerance) throw new ProblemError('untrusted-answer')
  return claims
}

const parseTime = (value: unknown): number | undefined => {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}
