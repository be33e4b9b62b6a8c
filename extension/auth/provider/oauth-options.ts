import {
  allowInsecureRequests,
  type Client,
  type ClientAuth,
  clockTolerance,
  customFetch,
  type DPoPHandle,
} from 'oauth4webapi'
import { isLoopback, requireAddress } from '../../net/address.ts'
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
    if (requestId === undefined || !(await hasHostPermission(new URL(url)))) return boundedFetch(url, request)
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
