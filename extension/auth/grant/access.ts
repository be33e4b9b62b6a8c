import { ProblemError } from '../../messages/errors.ts'
import { isWithin } from '../../net/address.ts'
import { type Asking, signalFor } from '../../net/asking.ts'
import { type Credential, sendToken } from './proof-keys.ts'

/** Access to one provider's record and to nothing else. Callers never see the token. */
export interface TokenAccess {
  fhirBase: string
  /** The asking that every request belongs to. */
  asking?: Asking
  /**
   * Sends a request with the token.
   *
   * @throws ProblemError `foreign-link` for an address outside the base; also the errors of the session and of the network.
   */
  fetch(url: URL, init?: RequestInit): Promise<Response>
  /** Aborts when the lock closes, and when the asking is over. */
  signal: AbortSignal
}

/** Access to the proofs of one provider's access log. Both functions throw `ProblemError`. */
export interface LogAccess {
  /** `access_log_endpoint` of the SMART configuration; the token is sent only under it. */
  endpoint: string
  fetch(url: URL): Promise<Response>
  /**
   * Fetches without the token, because a log that cannot tell its callers apart cannot show each of them a different history.
   */
  fetchPublic(url: URL): Promise<Response>
  /** Aborts when the lock closes, and when the time for the proofs is over. */
  signal: AbortSignal
}

/** Returns access that sends the token only under `fhirBase`; to any other address its `fetch` throws `foreign-link`. */
export const accessWith = (credential: Credential, fhirBase: string, asking?: Asking): TokenAccess => ({
  fhirBase,
  signal: signalFor(asking),
  ...(asking && { asking }),
  fetch: async (url, init) => {
    if (!isWithin(fhirBase, url)) throw new ProblemError('foreign-link', { host: url.host })
    return sendToken(credential, url, init, asking)
  },
})

/**
 * Returns the response unless it refuses the proof of possession. Such a refusal says nothing about the token: a refresh would
 * not help, and a wrong clock must sign nobody out.
 *
 * @throws ProblemError `proof-refused`.
 */
export const requireProofAccepted = (response: Response): Response => {
  const challenge = response.headers.get('www-authenticate') ?? ''
  if (response.status !== 401 || !challenge.includes('error="invalid_dpop_proof"')) return response
  response.body?.cancel().catch(() => undefined)
  throw new ProblemError('proof-refused')
}
