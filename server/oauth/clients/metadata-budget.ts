import { errors } from 'oidc-provider'

/** Most members of any list in an application's metadata, such as `redirect_uris` and `contacts`. */
const MOST_MEMBERS = 20
/** Most keys of its key set; a change of keys needs two. */
const MOST_KEYS = 10
/** Most bytes of the metadata as JSON. Ten RSA keys of 4096 bits are half of it; a key may have members that nobody reads. */
export const MOST_BYTES = 16_384

/**
 * Checks the size of an application's metadata, which are read at each of its requests, and of the lists in them.
 *
 * @throws InvalidClientMetadata that names what is too long.
 */
export const checkMetadataBudget = (client: object): void => {
  if (bytesOf(client) > MOST_BYTES)
    throw new errors.InvalidClientMetadata(`the metadata must have no more than ${MOST_BYTES} bytes`)
  for (const [name, value] of Object.entries(client))
    if (Array.isArray(value) && value.length > MOST_MEMBERS)
      throw new errors.InvalidClientMetadata(`${name} must have no more than ${MOST_MEMBERS} members`)
  const fault = faultOfKeys('jwks' in client ? client.jwks : undefined)
  if (fault) throw new errors.InvalidClientMetadata(`jwks ${fault}`)
}

/** Metadata that are nested too deeply to be serialized count as larger than any limit. */
const bytesOf = (client: object): number => {
  try {
    return Buffer.byteLength(JSON.stringify(client))
  } catch (error) {
    if (error instanceof RangeError) return Number.POSITIVE_INFINITY
    throw error
  }
}

/**
 * Wraps a fetch of key sets: a set beyond the budget of a registered one is a failure, before any of its keys is used.
 *
 * @throws Error (the returned function) when the set is beyond the budget, or no JSON.
 */
export const withinKeyBudget =
  (fetch: (url: string) => Promise<Response>) =>
  async (url: string): Promise<Response> => {
    const answer = await fetch(url)
    const fault = faultOfKeys(await answer.clone().json())
    if (fault) throw new Error(`The fetched key set ${fault}.`)
    return answer
  }

/** Returns what a key set must be instead, or `undefined`. The engine refuses one without a list of keys. */
const faultOfKeys = (keySet: unknown): string | undefined => {
  const { keys } = (keySet ?? {}) as { keys?: unknown }
  if (!Array.isArray(keys)) return undefined
  if (keys.length > MOST_KEYS) return `must have no more than ${MOST_KEYS} keys`
  return keys.some(isCostlyKey) ? 'must have RSA keys of 2048 to 4096 bits with the exponent AQAB' : undefined
}

/** An RSA key that takes long to verify with. */
const isCostlyKey = (key: unknown): boolean => {
  const { kty, e, n } = (key ?? {}) as Record<string, unknown>
  if (kty !== 'RSA') return false
  const bits = typeof n === 'string' ? Buffer.from(n, 'base64url').length * 8 : 0
  return e !== 'AQAB' || bits < 2048 || bits > 4096
}
