import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { readSecret } from '../../files/read-secret.ts'
import { isObject } from '../../query/json-path.ts'

/** A private key that signs client assertions, by one of the algorithms that SMART App Launch 2.2, section 4.2.1, names. */
export interface SigningKey {
  readonly key: KeyObject
  readonly kid: string
  readonly algorithm: 'ES384' | 'RS384'
}

/**
 * Reads a private key, as a JWK or as PKCS#8 PEM. A key without a `kid` is named by its thumbprint (RFC 7638).
 *
 * @throws Error with a sentence for the operator, which quotes nothing of the file, when the key cannot be used.
 */
export const readSigningKey = async (file: string): Promise<SigningKey> => {
  const text = await readSecret(file)
  const { key, kid } = parseKey(text, file)
  const algorithm = algorithmOf(key)
  if (!algorithm)
    throw new Error(
      `The key in ${file} cannot sign: SMART takes an EC key on P-384, or RSA of 2048 bits or more.`,
    )
  const publicHalf = createPublicKey(key as unknown as Parameters<typeof createPublicKey>[0]).export({
    format: 'jwk',
  })
  return { key, kid: kid ?? (await calculateJwkThumbprint(publicHalf)), algorithm }
}

const parseKey = (text: string, file: string): { key: KeyObject; kid?: string } => {
  try {
    if (!text.startsWith('{')) return { key: createPrivateKey(text) }
    const jwk: unknown = JSON.parse(text)
    if (!isObject(jwk)) throw new Error()
    const key = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' })
    return { key, ...(typeof jwk.kid === 'string' && { kid: jwk.kid }) }
  } catch {
    // The parser's own message may quote the key.
    throw new Error(`${file} does not hold a private key as a JWK or as PKCS#8 PEM.`)
  }
}

const algorithmOf = ({
  asymmetricKeyType,
  asymmetricKeyDetails = {},
}: KeyObject): SigningKey['algorithm'] | undefined => {
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails.namedCurve === 'secp384r1') return 'ES384'
  if (asymmetricKeyType === 'rsa' && (asymmetricKeyDetails.modulusLength ?? 0) >= 2048) return 'RS384'
  return undefined
}
