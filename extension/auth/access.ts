import { ProblemError } from '../messages/errors.ts'
import type { Asking } from '../net/asking.ts'
import { requestSignal } from '../net/under-way.ts'
import { isWithin } from '../net/within-base.ts'
import { type Credential, sendToken } from './proof-keys.ts'

/** A way to one provider's record. It holds no token that its user could see, and reaches nothing else. */
export interface Access {
  fhirBase: string
  /** What everything that is fetched belongs to. */
  asking?: Asking
  /** Throws `foreign-link` for an address outside the base, `session-ended`, and what the network gave. */
  fetch(url: URL, init?: RequestInit): Promise<Response>
  /** Aborts when the lock closes, and when the asking is over. */
  signal: AbortSignal
}

/** A way to the proofs of one provider's access log, under its own address alone. */
export interface AccessLog {
  endpoint: string
  fetch(url: URL): Promise<Response>
  /** Without a token. */
  fetchPublic(url: URL): Promise<Response>
}

/** Sends one token, and only under its own base. */
export const accessWith = (credential: Credential, fhirBase: string, asking?: Asking): Access => ({
  fhirBase,
  signal: asking ? AbortSignal.any([requestSignal(), asking.signal]) : requestSignal(),
  ...(asking && { asking }),
  fetch: async (url, init) => {
    if (!isWithin(fhirBase, url)) throw new ProblemError('foreign-link', { host: url.host })
    return sendToken(credential, url, init, asking)
  },
})

/** A refused proof says nothing of the token: no refresh would help, and nobody is signed out for a wrong clock. */
export const requireProven = (response: Response): Response => {
  const challenge = response.headers.get('www-authenticate') ?? ''
  if (response.status !== 401 || !challenge.includes('error="invalid_dpop_proof"')) return response
  response.body?.cancel().catch(() => undefined)
  throw new ProblemError('proof-refused')
}
