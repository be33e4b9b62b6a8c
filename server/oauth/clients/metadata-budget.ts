import { errors } from 'oidc-provider'
import type { ClientRecord } from './client-policy.ts'

/** Most members of any list in an application's metadata, such as `redirect_uris` and `contacts`. */
const MOST_MEMBERS = 20
/** Most keys of its key set; a change of keys needs two. */
const MOST_KEYS = 10

/**
 * Checks the lists of an application's metadata, which are read at each of its requests.
 *
 * @throws InvalidClientMetadata that names the list which is too long.
 */
export const checkMetadataBudget = (client: ClientRecord): void => {
  for (const [name, value] of Object.entries(client))
    if (Array.isArray(value) && value.length > MOST_MEMBERS)
      throw new errors.InvalidClientMetadata(`${name} must have no more than ${MOST_MEMBERS} members`)
  const keys = (client.jwks as { keys?: unknown } | undefined)?.keys
  if (Array.isArray(keys) && keys.length > MOST_KEYS)
    throw new errors.InvalidClientMetadata(`jwks must have no more than ${MOST_KEYS} keys`)
  if (Array.isArray(keys) && keys.some(isCostlyKey))
    throw new errors.InvalidClientMetadata(
      'jwks must have RSA keys of 2048 to 4096 bits with the exponent AQAB',
    )
}

/** An RSA key that takes long to verify with. */
const isCostlyKey = (key: unknown): boolean => {
  const { kty, e, n } = (key ?? {}) as Record<string, unknown>
  if (kty !== 'RSA') return false
  const bits = typeof n === 'string' ? Buffer.from(n, 'base64url').length * 8 : 0
  return e !== 'AQAB' || bits < 2048 || bits > 4096
}
