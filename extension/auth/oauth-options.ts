import {
  allowInsecureRequests,
  type Client,
  clockTolerance,
  customFetch,
  type DPoPHandle,
} from 'oauth4webapi'
import { isLoopback, requireAddress } from '../net/address.ts'
import { boundedFetch } from '../net/http.ts'

/** Seconds of difference between clocks that an id_token may show. */
export const tolerance = 60

export const oauthClient = (clientId: string): Client => ({
  client_id: clientId,
  [clockTolerance]: tolerance,
})

/** For a request to `endpoint`: through our own fetch, without TLS only on this machine, with a proof where there is a key. */
export const oauthOptions = (endpoint: string, proof?: DPoPHandle) => ({
  ...(proof && { DPoP: proof }),
  [customFetch]: (url: string, init: unknown) => boundedFetch(url, init as RequestInit),
  [allowInsecureRequests]: isLoopback(requireAddress(endpoint)),
})
