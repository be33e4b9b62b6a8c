/** JSON, encrypted with AES-GCM; both parts in base64. */
export interface Sealed {
  iv: string
  data: string
}

/** Storage for keys. It must keep `CryptoKey` objects themselves, so that the bytes of a key are never seen. */
export interface KeyStore {
  /** Stores `key` under `name` unless there is one; returns the stored key. */
  findOrAdd(name: string, key: CryptoKey): Promise<CryptoKey>
  find(name: string): Promise<CryptoKey | undefined>
  remove(name: string): Promise<void>
}

/** Encrypts values that would open a record, so that a copy of the profile's files is worth nothing without this browser. */
export interface Vault {
  /** `record` names where the result is stored. It opens only under that name, so nobody can swap two sealed values. */
  seal(record: string, value: unknown): Promise<Sealed>
  /** Undefined when it cannot be opened: sealed by a lost key, changed, or moved here from another record. */
  open<T>(record: string, sealed: Sealed): Promise<T | undefined>
}

/** The name of the vault's key in the store. */
export const vaultKey = 'vault'

export const createVault = (keys: KeyStore): Vault => {
  const requireKey = async () =>
    (await keys.find(vaultKey)) ?? keys.findOrAdd(vaultKey, await generateClosedKey())

  return {
    seal: async (record, value) => sealWith(await requireKey(), record, value),
    open: async <T>(record: string, sealed: Sealed) => {
      const key = await keys.find(vaultKey)
      return key && openWith<T>(key, record, sealed)
    },
  }
}

/** Generates a key that cannot be exported. */
export const generateClosedKey = (): Promise<CryptoKey> =>
  crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])

export const sealWith = async (key: CryptoKey, record: string, value: unknown): Promise<Sealed> => {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const text = encoder.encode(JSON.stringify(value))
  const data = await crypto.subtle.encrypt(parameters(record, iv), key, text)
  return { iv: toBase64(iv), data: toBase64(new Uint8Array(data)) }
}

/** Decrypts a sealed value; undefined if this key does not open it. */
export const openWith = async <T>(
  key: CryptoKey,
  record: string,
  { iv, data }: Sealed,
): Promise<T | undefined> => {
  try {
    const text = await crypto.subtle.decrypt(parameters(record, fromBase64(iv)), key, fromBase64(data))
    return JSON.parse(decoder.decode(text)) as T
  } catch {
    return undefined
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const parameters = (record: string, iv: Uint8Array<ArrayBuffer>) => ({
  name: 'AES-GCM',
  iv,
  additionalData: encoder.encode(record),
})

/** Encodes in parts, because a function call takes only some ten thousand arguments and a copy of a record is longer. */
export const toBase64 = (bytes: Uint8Array): string => {
  let text = ''
  for (let start = 0; start < bytes.length; start += PART)
    text += String.fromCharCode(...bytes.subarray(start, start + PART))
  return btoa(text)
}

const PART = 8192

export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0))

/** Returns the SHA-256 of a text, in base64. */
export const digestOf = async (text: string): Promise<string> =>
  toBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))))

/** Storage for values by id. */
export interface ValueStore<T> {
  find(id: string): Promise<T | undefined>
  put(id: string, value: T): Promise<void>
  remove(id: string): Promise<void>
  ids(): Promise<string[]>
}

/** Storage for key pairs whose private key cannot be exported. */
export type PairStore = ValueStore<CryptoKeyPair>

/** The names of sealed values; each value opens only under its own name. */
export const records = {
  grant: (connectionId: string) => `grant:${connectionId}`,
  /** A refresh token that is only waiting to be revoked. */
  surplus: (connectionId: string) => `surplus:${connectionId}`,
  secret: (providerId: string) => `secret:${providerId}`,
  registration: (id: string) => `registration:${id}`,
  revocation: 'revocation',
  copy: (connectionId: string) => `copy:${connectionId}`,
  /** A session, while locked. */
  session: (connectionId: string) => `session:${connectionId}`,
  /** The other unencrypted values of `storage.session`, while locked. */
  rest: 'rest',
  /** The vault's key itself, wrapped by the PIN or passkey and by this browser's own key. */
  key: 'key',
  /** The key of copies, while there is no lock. */
  copyKey: 'copy-key',
} as const
