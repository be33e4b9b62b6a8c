import {
  allowInsecureRequests,
  customFetch,
  DPoP,
  type DPoPHandle,
  isDPoPNonceError,
  protectedResourceRequest,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi'
import { isLoopback } from '../net/address.ts'
import type { Asking } from '../net/asking.ts'
import { boundedFetch } from '../net/http.ts'
import type { PairStore } from '../storage/vault.ts'

/** A key of one grant, to which its tokens are bound (RFC 9449). Without it they open nothing. */
export interface ProofKey {
  id: string
  pair: CryptoKeyPair
  handle: DPoPHandle
}

export interface ProofKeys {
  /** In memory until it is kept. Undefined where no algorithm of ours is offered. */
  create(offered: readonly string[] | undefined): Promise<ProofKey | undefined>
  keep(key: ProofKey): Promise<void>
  /** Undefined when this browser never had it, or has dropped it. */
  find(id: string): Promise<DPoPHandle | undefined>
  drop(id: string): Promise<void>
  /** What a worker that was stopped in the middle has left behind. */
  dropOthers(ids: readonly string[]): Promise<void>
}

export const createProofKeys = (pairs: PairStore): ProofKeys => {
  // A handle remembers the nonces a provider gave it.
  const handles = new Map<string, DPoPHandle>()

  const drop = async (id: string) => {
    handles.delete(id)
    await pairs.remove(id)
  }

  return {
    create: async (offered) => {
      if (!offered?.includes('ES256')) return undefined
      const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
      const pair = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
      return { id: crypto.randomUUID(), pair, handle: DPoP({}, pair) }
    },
    keep: async ({ id, pair, handle }) => {
      await pairs.put(id, pair)
      handles.set(id, handle)
    },
    find: async (id) => {
      const known = handles.get(id)
      if (known) return known
      const pair = await pairs.find(id)
      if (!pair) return undefined
      const handle = DPoP({}, pair)
      handles.set(id, handle)
      return handle
    },
    drop,
    dropOthers: async (ids) => {
      for (const id of await pairs.ids()) if (!ids.includes(id)) await drop(id)
    },
  }
}

/** A provider may ask for its nonce in the proof: the same request is then sent once more (RFC 9449, sections 8 and 9). */
export const withNonce = async <T>(proof: DPoPHandle | undefined, send: () => Promise<T>): Promise<T> => {
  try {
    return await send()
  } catch (error) {
    if (!proof || !isDPoPNonceError(error)) throw error
    return send()
  }
}

/** A token, and the key it is bound to, if it is. */
export interface Credential {
  token: string
  proof?: DPoPHandle | undefined
}

/** Sends a token, with a proof of its own for each request when it is bound. A refusal is an answer like others. */
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
