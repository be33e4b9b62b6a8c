import {
  AuthorizationResponseError,
  allowInsecureRequests,
  type Client,
  type ClientAuth,
  clockTolerance,
  customFetch,
  type DPoPHandle,
  OperationProcessingError,
  ResponseBodyError,
  UnsupportedOperationError,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'
import { isLoopback } from '../../../values/address-range.ts'
import { requireUrl } from '../../../values/parse-address.ts'
import { ProblemError } from '../../messages/errors.ts'
import { requireAddress } from '../../net/address.ts'
import { boundedFetch, hasHostPermission } from '../../net/http.ts'

/** The clock difference that an id_token may show, in seconds. */
export const tolerance = 60

export const oauthClient = (clientId: string): Client => ({
  client_id: clientId,
  [clockTolerance]: tolerance,
})

/**
 * Returns options for a request to `endpoint`: our own fetch, plain HTTP only to this machine, and a proof if there is a key.
 *
 * @param requestId is sent as `X-Request-Id` with the host's permission; without it, CORS might refuse the header, and so the request.
 * @throws ProblemError what `requireAddress` throws.
 */
export const oauthOptions = (endpoint: string, proof?: DPoPHandle, requestId?: string) => ({
  ...(proof && { DPoP: proof }),
  [customFetch]: async (url: string, init: unknown) => {
    const request = init as RequestInit
    if (requestId === undefined || !(await hasHostPermission(requireUrl(url))))
      return boundedFetch(url, request)
    const headers = new Headers(request.headers)
    headers.set('x-request-id', requestId)
    return boundedFetch(url, { ...request, headers })
  },
  [allowInsecureRequests]: isLoopback(requireAddress(endpoint)),
})

/**
 * Authenticates by `client_secret_basic` (RFC 6749 section 2.3.1). Encodes only reserved characters: `ClientSecretBasic` of
 * oauth4webapi also encodes `-`, `_` and `.`, and servers that do not decode the name then know no such client.
 */
export const clientSecretBasic =
  (secret: string): ClientAuth =>
  (_server, { client_id }, _body, headers) => {
    const credentials = [client_id, secret].map(encodeURIComponent).join(':')
    headers.set('authorization', `Basic ${btoa(credentials)}`)
  }

/** Converts an OAuth failure into the problem that a page shows. Passes on only error codes, never free text. */
export const fromOAuth = (error: unknown): unknown => {
  if (error instanceof AuthorizationResponseError)
    return error.error === 'access_denied'
      ? new ProblemError('denied-by-person', undefined, error)
      : new ProblemError('sign-in-failed', { what: errorCode(error.error) }, error)
  if (error instanceof ResponseBodyError) return fromTokenEndpoint(error.error, error)
  if (error instanceof WWWAuthenticateChallengeError) return fromTokenEndpoint(challengeCode(error), error)
  if (error instanceof OperationProcessingError || error instanceof UnsupportedOperationError)
    return error.cause instanceof ProblemError
      ? error.cause
      : new ProblemError('untrusted-answer', undefined, error)
  return error
}

const fromTokenEndpoint = (code: string, error: Error): ProblemError => {
  if (code === 'invalid_dpop_proof') return new ProblemError('proof-refused', undefined, error)
  return code === 'invalid_client' || code === 'unauthorized_client'
    ? new ProblemError('wrong-credentials', undefined, error)
    : new ProblemError('sign-in-failed', { what: errorCode(code) }, error)
}

/** A challenge without a code refuses the client's credentials (RFC 6749 section 5.2). */
const challengeCode = ({ cause }: WWWAuthenticateChallengeError): string =>
  cause[0]?.parameters.error ?? 'invalid_client'

/** Passes on an error code as OAuth writes them. Any other text would stand in a sentence of Carekey as its own words. */
export const errorCode = (text: string): string => (/^[a-z_]{1,60}$/.test(text) ? text : 'unknown')

/** Checks whether the refresh token, or the grant behind it, is no longer valid (RFC 6749 section 5.2). */
export const isInvalidGrant = (error: unknown): boolean =>
  error instanceof ResponseBodyError && error.error === 'invalid_grant'

/** Checks whether the client's credentials, or the way they were sent, are refused (RFC 6749 section 5.2). */
export const isInvalidClient = (error: unknown): boolean =>
  (error instanceof ResponseBodyError && error.error === 'invalid_client') ||
  (error instanceof WWWAuthenticateChallengeError && challengeCode(error) === 'invalid_client')

/** Checks whether the requested scope is refused (RFC 6749 section 5.2). */
export const isInvalidScope = (error: unknown): boolean =>
  error instanceof ResponseBodyError && error.error === 'invalid_scope'
