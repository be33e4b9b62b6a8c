import { decodeProtectedHeader } from 'jose'
import { type Client, errors } from 'oidc-provider'
import type { Clock } from '../../config.ts'
import { keysOf } from '../seam/internals.ts'

/** Algorithms with which an application may sign its assertion (SMART App Launch 2.2, section 4.2.1). */
export const ASSERTION_ALGORITHMS = ['RS384', 'ES384'] as const

/** Longest remaining lifetime of an assertion, in seconds. */
const LONGEST = 300

/** How far two honest clocks may differ, in seconds. */
export const CLOCK_SKEW = 5

interface Claims {
  readonly exp?: unknown
  readonly iss?: unknown
  readonly sub?: unknown
  readonly jti?: unknown
}

interface Header {
  readonly kid?: unknown
  readonly typ?: unknown
}

/**
 * Checks what SMART requires of a client assertion beyond RFC 7523: five minutes at most, and one key, named by its `kid`.
 * The engine has already checked issuer, audience and signature, and stores the `jti` afterwards. Expiry is checked again
 * by our clock, because a stored `jti` expires by it; the engine relies on the system's clock, which may be set back.
 *
 * @throws InvalidClientAuth when a claim or header is wrong.
 */
export const checkAssertion = (clock: Clock, claims: Claims, header: Header, client: Client): void => {
  const refuse: (reason: string) => never = (reason) => {
    throw new errors.InvalidClientAuth(reason)
  }
  const { exp, iss, sub, jti } = claims
  const now = Math.floor(clock() / 1000)
  if (typeof exp !== 'number' || exp > now + LONGEST + CLOCK_SKEW)
    refuse('exp must be no more than five minutes from now')
  if (exp + CLOCK_SKEW <= now) refuse('the assertion has expired')
  if (iss !== sub) refuse('iss and sub must both be the client_id')
  if (typeof jti !== 'string' || jti.length > 500) refuse('jti must be a string of 500 characters at most')
  if (header.typ !== undefined && header.typ !== 'JWT') refuse('typ must be JWT')
  if (typeof header.kid !== 'string') refuse('kid must name the key')
  if (keysNamed(client, header.kid) !== 1) refuse('kid must name exactly one key')
}

/** Checks whether an assertion names its key, before it is verified: the engine would try one that does not with every key. */
export const namesKey = (assertion: string): boolean => {
  try {
    return typeof decodeProtectedHeader(assertion).kid === 'string'
  } catch {
    return false
  }
}

/** Counts the keys with this `kid`, because the engine would try each of them. */
const keysNamed = (client: Client, kid: unknown): number =>
  keysOf(client).filter((key) => key.kid === kid).length
