/**
 * Every failure that a page can receive. The sentence of a code is `error_<code, - as _>` in `_locales`. Details that a sentence
 * may use: `organization`, `field`, `what`, `host`.
 */
export const codes = [
  // Signing in
  'denied-by-person', // access_denied: the person chose Deny
  'not-administrator', // signing in to administer, with an account that may not
  'window-closed', // the sign-in window was closed before the end
  'flow-busy', // another sign-in is open
  'interrupted', // the worker ended during the sign-in
  'sign-in-page-failed', // the window ended at an error page or showed no page: unreachable, not registered, or refused there
  'sign-in-failed', // the organization answered with another OAuth error; what: its code
  'state-mismatch', // the answer belongs to another sign-in
  'issuer-mismatch', // the answer, or the metadata, comes from somebody else
  'issuer-unconfirmed', // the issuer's own document is missing, or names other addresses; host: of the issuer
  'untrusted-answer', // tokens that do not fit the request: audience, nonce, signature algorithm, time
  'wrong-credentials', // invalid_client: Client ID or Client Secret
  // Finding out how to sign in
  'discovery-failed', // no SMART configuration and no CapabilityStatement that names the addresses
  'not-fhir-server', // autoscan: the server answers, but with none of the documents of a FHIR server
  'no-s256', // PKCE with S256 is not offered
  'foreign-endpoint', // sign-in addresses on another origin than the organization's; host: which
  'insecure-address', // plain http to another machine
  'private-address', // an address inside a private network
  'proof-refused', // a bound token's proof (RFC 9449) is not accepted, as when this computer's clock is wrong
  // Being signed in
  'signed-out', // the request needs a session and there is none
  'provider-changed', // the provider's addresses or application have changed since sign-in
  'session-ended', // the grant ended or was withdrawn at the organization
  // Reading
  'unreachable', // no connection; organization
  'too-slow', // connected, but no answer in time
  'too-busy', // 429 or 503, also after waiting
  'permission-missing', // this browser may not talk to the host yet; host
  'redirected', // the answer points elsewhere; it is not followed
  'refused', // 403: not allowed
  'too-many-people', // 403 `too-costly`: the answer would be about more people than the organization allows at once
  'not-found', // 404
  'bad-request', // 400: the organization does not understand the request
  'server-failed', // 5xx
  'not-fhir', // the answer is not FHIR; what: its content type
  'too-large', // larger than the limit (net/asking); what: the limit
  'too-many-values', // more values than the parser takes at once (net/long-work)
  'abandoned', // nobody waits for the answer any more
  'list-incomplete', // the list's total is higher than the number of entries, but there is no next page
  'list-too-long', // the list is longer than the limit
  'foreign-link', // the next page lies outside the organization's FHIR base
  'check-interrupted', // the worker ended while it checked a page of the access log
  // Options
  'invalid-input', // field: which
  'registration-unavailable', // the organization offers none
  'registration-refused', // what: its code
  'registration-unknown', // the organization no longer knows the application, or not by the credentials kept here
  'applications-unavailable', // the organization does not list its applications, or not to this session
  'change-refused', // of an application; what: its code
  'secret-unchanged', // the organization did not issue a new secret
  'import-refused', // the configuration file is faulty
  'not-brands', // there is no Brands bundle at the address
  'policy-forbids', // the policy of this browser forbids it
  // The lock
  'locked', // requests are refused until the lock is opened
  'wrong-pin', // what: how many tries are left before a wait
  'unlock-later', // too many wrong tries
  'wrong-passkey', // another passkey, another result, or the person cancelled
  'passkey-unsupported', // browser or authenticator have no PRF (WebAuthn, section 10.1.4)
  // Here
  'unknown-organization',
  'unknown-connection',
  'storage-full',
  'worker-ended', // the browser ended the worker before it answered
  'unexpected',
] as const

export type Code = (typeof codes)[number]

/** The failures that mean that an organization cannot be reached now. */
export const unreachableCodes: ReadonlySet<Code> = new Set([
  'unreachable',
  'too-slow',
  'too-busy',
  'server-failed',
])

/** The failures that mean that reading is not allowed now. What was read before is not shown after one of them. */
export const refusalCodes: ReadonlySet<Code> = new Set([
  'refused',
  'policy-forbids',
  'session-ended',
  'signed-out',
  'provider-changed',
])

/** An expected failure. Inside the worker it is thrown; between worker and page it crosses as a `Problem`. */
export class ProblemError extends Error {
  readonly code: Code
  readonly details: Record<string, string> | undefined

  constructor(code: Code, details?: Record<string, string>, cause?: unknown) {
    super(code, { cause })
    this.code = code
    this.details = details
  }
}

/** The failure of a sign-in whose stored flow tells it. */
export class FailedFlow extends ProblemError {
  readonly inFlow = true

  constructor(cause: unknown) {
    const { code, details } = toProblem(cause)
    super(code, details, cause)
  }
}

/** Describes an error to a page. An error that is not ours becomes `unexpected`, because its text could contain anything. */
export const toProblem = (error: unknown): Problem => {
  if (error instanceof ProblemError)
    return {
      code: error.code,
      ...(error.details && { details: error.details }),
      ...(error instanceof FailedFlow && { inFlow: error.inFlow }),
    }
  return { code: isQuotaError(error) ? 'storage-full' : 'unexpected' }
}

/** The error of a problem that crossed from the worker. */
export const toError = ({ code, details, inFlow }: Problem): ProblemError => {
  const error = new ProblemError(code, details)
  return inFlow ? new FailedFlow(error) : error
}

const isQuotaError = (error: unknown): boolean =>
  error instanceof Error && /quota/i.test(`${error.name} ${error.message}`)

/** A failure as it crosses from worker to page. `messages/errors.ts` holds the codes, `_locales` the sentences. */
export interface Problem {
  code: Code
  /** Fills the sentence's placeholders; never a token, secret or record value. */
  details?: Record<string, string>
  /** The state's `flow` tells it as well, until the person dismisses that. */
  inFlow?: true
}
