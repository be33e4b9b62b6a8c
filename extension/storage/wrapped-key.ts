import type { WrappedKey } from './items.ts'
import { fromBase64, openWith, records, sealWith, toBase64 } from './vault.ts'

/** The input that opens a wrapped key: typed by a person, or the 32 bytes in base64 that a passkey returned. */
type Opening = { pin: string } | { secret: string }
type NewOpening = { pin: string } | { passkey: { id: string; salt: string }; secret: string }

/** OWASP's advice of 2023 for PBKDF2 with SHA-256. */
const iterations = 600_000

/** Generates the bytes of a key, in base64. Store them wrapped, and import them for use. */
export const generateKeyBytes = (): string => toBase64(crypto.getRandomValues(new Uint8Array(32)))

export const importKey = (bytes: string): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', fromBase64(bytes), 'AES-GCM', false, ['encrypt', 'decrypt'])

/**
 * Wraps a key twice: inside by the PIN or passkey, outside by this browser's own key, so that nobody can try PINs on a copy that
 * lacks that key.
 */
export const wrapKey = async (
  bytes: string,
  opening: NewOpening,
  deviceKey: CryptoKey,
): Promise<WrappedKey> => {
  if ('pin' in opening) {
    const salt = toBase64(crypto.getRandomValues(new Uint8Array(16)))
    const inner = await keyFromPin(opening.pin, salt, iterations)
    return { by: 'pin', salt, iterations, key: await sealTwice(bytes, inner, deviceKey) }
  }
  const inner = await keyFromSecret(opening.secret)
  return { by: 'passkey', ...opening.passkey, key: await sealTwice(bytes, inner, deviceKey) }
}

/** Unwraps a key; undefined if `opening` does not open it. */
export const unwrapKey = async (
  wrapped: WrappedKey,
  opening: Opening,
  deviceKey: CryptoKey,
): Promise<string | undefined> => {
  if ((wrapped.by === 'pin') !== 'pin' in opening) return undefined
  const inner =
    'pin' in opening && wrapped.by === 'pin'
      ? await keyFromPin(opening.pin, wrapped.salt, wrapped.iterations)
      : await keyFromSecret('secret' in opening ? opening.secret : '')
  const sealedInside = await openWith<Awaited<ReturnType<typeof sealWith>>>(
    deviceKey,
    records.key,
    wrapped.key,
  )
  return sealedInside && openWith<string>(inner, records.key, sealedInside)
}

const sealTwice = async (bytes: string, inner: CryptoKey, deviceKey: CryptoKey) =>
  sealWith(deviceKey, records.key, await sealWith(inner, records.key, bytes))

/** Derives a key from a PIN, normalized because another keyboard may compose the same characters differently. */
const keyFromPin = async (pin: string, salt: string, rounds: number): Promise<CryptoKey> =>
  derive('PBKDF2', new TextEncoder().encode(pin.normalize('NFKC')), {
    salt: fromBase64(salt),
    iterations: rounds,
  })

const keyFromSecret = async (secret: string): Promise<CryptoKey> =>
  derive('HKDF', fromBase64(secret), { salt: new Uint8Array(), info: new TextEncoder().encode(records.key) })

const derive = async (
  name: string,
  from: Uint8Array<ArrayBuffer>,
  parameters: object,
): Promise<CryptoKey> => {
  const material = await crypto.subtle.importKey('raw', from, name, false, ['deriveKey'])
  const aes = { name: 'AES-GCM', length: 256 }
  return crypto.subtle.deriveKey({ name, hash: 'SHA-256', ...parameters }, material, aes, false, [
    'encrypt',
    'decrypt',
  ])
}
