import type { Authorization } from './authorization.ts'
import { DPOP_ALGORITHMS, InvalidDpopProof, requireDpopProof } from './dpop.ts'
import { findAuthorization, type GrantDeps } from './find-authorization.ts'
import { markArrived } from './lost-answer.ts'
import { storedId } from './stored-id.ts'

/** RFC 6750 section 2.1, RFC 9449 section 7.1; a longer token is not ours. */
const CREDENTIALS = /^(Bearer|DPoP) +([A-Za-z0-9\-._~+/]{1,2048}=*)$/i

/** The parts of a request that its token is checked with. */
export interface PresentedToken {
  readonly authorization: string | undefined
  /** The `DPoP` header. */
  readonly dpop: string | undefined
  readonly method: string
  /** The address as the organization publishes it, without query and fragment. */
  readonly url: string
}

/** The refusal of a request without a valid token: the reason, and the value of `WWW-Authenticate`. */
export class TokenRefused extends Error {
  readonly code: 'login_required' | 'invalid_token' | 'invalid_dpop_proof'
  readonly challenge: string
  /** What the token stands for, if it is valid but its key was not proven: whoever sent it may have stolen it. */
  readonly held: Authorization | undefined

  constructor(code: TokenRefused['code'], challenge: string, message: string, held?: Authorization) {
    super(message)
    this.code = code
    this.challenge = challenge
    this.held = held
  }
}

const bearerChallenge = (error?: string): string =>
  error === undefined ? 'Bearer realm="fhir"' : `Bearer realm="fhir", error="${error}"`

const dpopChallenge = (error: string): string =>
  `DPoP realm="fhir", error="${error}", algs="${DPOP_ALGORITHMS.join(' ')}"`

/**
 * Returns the authorization that a request's token stands for. Only the Authorization header is read. A token that is bound to a
 * key is valid only with a proof of that key, and an unbound token only as a bearer token (RFC 9449 section 7).
 *
 * @throws TokenRefused when the token or its proof is missing or not valid.
 */
export const requirePresentedToken = async (
  deps: GrantDeps,
  presented: PresentedToken,
  now: number,
): Promise<Authorization> => {
  if (presented.authorization === undefined)
    throw new TokenRefused('login_required', bearerChallenge(), 'Sign in first: an access token is needed.')
  const [, scheme = '', token] = CREDENTIALS.exec(presented.authorization) ?? []
  const isBound = scheme.toLowerCase() === 'dpop'
  const authorization = token === undefined ? undefined : await findAuthorization(deps, token, now)
  const { jkt } = authorization ?? {}
  const refuseToken = (held?: Authorization) => {
    const challenge =
      isBound || jkt !== undefined ? dpopChallenge('invalid_token') : bearerChallenge('invalid_token')
    return new TokenRefused('invalid_token', challenge, 'The token is invalid, or no longer valid.', held)
  }
  if (!authorization || token === undefined || isBound !== (jkt !== undefined))
    throw refuseToken(authorization)
  const { dpop: proof, method, url } = presented
  try {
    if (jkt !== undefined) await requireDpopProof(deps.store, { method, url, token, jkt, proof, now })
  } catch (error) {
    if (!(error instanceof InvalidDpopProof)) throw error
    throw new TokenRefused(
      'invalid_dpop_proof',
      dpopChallenge('invalid_dpop_proof'),
      `DPoP: ${error.message}.`,
      authorization,
    )
  }
  // Only now, because a thief without the key has not used it.
  const { cameWith } = authorization
  if (cameWith === undefined) return authorization
  const isArrived = await deps.store.write((trx) => markArrived(trx, storedId(token), cameWith))
  if (!isArrived) throw refuseToken()
  return authorization
}
