import {
  allowInsecureRequests,
  customFetch,
  DPoP,
  type DPoPHandle,
  isDPoPNonceError,
  protectedResourceRequest,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'
import { isLoopback } from '../../../values/address-range.ts'
import type { Asking } from '../../net/asking.ts'
import { boundedFetch } from '../../net/http.ts'
import type { PairStore } from '../../storage/vault.ts'

/** The key to which one grant's tokens are bound (RFC 9449); without it they are useless. */
export interface ProofKey {
  id: string
  pair: CryptoKeyPair
  handle: DPoPHandle
}

export type ProofKeys = ReturnType<typeof createProofKeys>

export const createProofKeys = (pairs: PairStore) => {
  // A handle remembers the nonces a provider gave it.
  const handles = new Map<string, DPoPHandle>()

  const drop = async (id: string): Promise<void> => {
    handles.delete(id)
    await pairs.remove(id)
  }

  return {
    /** Creates a key in memory; `keep` stores it. Undefined if the server does not offer ES256. */
    create: async (algorithms: readonly string[] | undefined): Promise<ProofKey | undefined> => {
      if (!algorithms?.includes('ES256')) return undefined
      const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
      const pair = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
      return { id: crypto.randomUUID(), pair, handle: DPoP({}, pair) }
    },
    keep: async ({ id, pair, handle }: ProofKey): Promise<void> => {
      await pairs.put(id, pair)
      handles.set(id, handle)
    },
    /** Returns undefined if this browser never had the key or has dropped it. */
    find: async (id: string): Promise<DPoPHandle | undefined> => {
      const known = handles.get(id)
      if (known) return known
      const pair = await pairs.find(id)
      if (!pair) return undefined
      const handle = DPoP({}, pair)
      handles.set(id, handle)
      return handle
    },
    drop,
    /** Drops all keys but these: a worker that was stopped halfway may have left some behind. */
    dropOthers: async (ids: readonly string[]): Promise<void> => {
      for (const id of await pairs.ids()) if (!ids.includes(id)) await drop(id)
    },
  }
}

/** Sends the request once more if the provider requires its nonce in the proof (RFC 9449, sections 8 and 9). */
export const withNonce = async <T>(proof: DPoPHandle | undefined, send: () => Promise<T>): Promise<T> => {
  try {
    return await send()
  } catch (error) {
    if (!proof || !isDPoPNonceError(error)) throw error
    return send()
  }
}

/** A token and, if it is bound, the handle of its key. */
export interface Credential {
  token: string
  proof?: DPoPHandle | undefined
}

/** Sends a token, with a fresh proof for each request if it is bound. Returns a refusal as a response and does not throw it. */
export const sendToken = async (
  { token, proof }: Credential,
  url: URL,
  init: RequestInit = {},
  asking?: Asking,
): Promise<Response> => {
  const headers = new Headers(init.headers)
  if (!proof) {
    headers.set('authorization', `Bearer ${token}`)
    return boundedFetch(url, { ...init, headers }, asking)
  }
  const options = {
    DPoP: proof,
    [customFetch]: (address: string, request: unknown) =>
      boundedFetch(address, request as RequestInit, asking),
    [allowInsecureRequests]: isLoopback(url),
  }
  const { method = 'GET', body } = init
  try {
    return await withNonce(proof, () =>
      protectedResourceRequest(token, method, url, headers, body as string | undefined, options),
    )
  } catch (error) {
    if (error instanceof WWWAuthenticateChallengeError) return error.response
    throw error
  }
}
