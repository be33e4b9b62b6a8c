import { ProblemError } from '../messages/errors.ts'
import { items } from '../storage/items.ts'
import {
  generateClosedKey,
  type KeyStore,
  openWith,
  records,
  type Sealed,
  sealWith,
} from '../storage/vault.ts'
import { generateKeyBytes, importKey } from '../storage/wrapped-key.ts'

const deviceName = 'device'

/**
 * The vault's key. Without a lock, it is in the key store; with a lock, it is in memory while the lock is open, and only wrapped
 * while it is closed.
 */
export interface Keyring extends KeyStore {
  /** Returns this browser's own key; data sealed with it opens in no other browser. */
  deviceKey(): Promise<CryptoKey>
  /** Seals the bytes of a key for session storage: the vault's, or the key that `record` names. */
  sealKey(bytes: string, record?: string): Promise<Sealed>
  /** Forgets the opened key. */
  drop(): void
}

/** Creates a keyring. While the lock is closed, its `find` and `findOrAdd` throw `locked`. */
export const createKeyring = (keys: KeyStore): Keyring => {
  // Caches the last opened key, with the data that it was opened from, because a worker answers many requests.
  let cached: { from: string; key: CryptoKey } | undefined

  const deviceKey = async () =>
    (await keys.find(deviceName)) ?? keys.findOrAdd(deviceName, await generateClosedKey())

  /** Returns undefined if there is no lock. */
  const findOpenKey = async (): Promise<CryptoKey | undefined> => {
    if (!(await items.lock.get())) return undefined
    const sealed = await items.unlocked.get()
    if (!sealed) cached = undefined
    else if (cached?.from !== sealed.data) {
      const bytes = await openWith<string>(await deviceKey(), records.key, sealed)
      cached = bytes === undefined ? undefined : { from: sealed.data, key: await importKey(bytes) }
    }
    if (!cached) throw new ProblemError('locked')
    return cached.key
  }

  return {
    find: async (name) => (await findOpenKey()) ?? keys.find(name),
    findOrAdd: async (name, key) => (await findOpenKey()) ?? keys.findOrAdd(name, key),
    remove: (name) => keys.remove(name),
    deviceKey,
    drop: () => {
      cached = undefined
    },
    sealKey: async (bytes, record = records.key) => sealWith(await deviceKey(), record, bytes),
  }
}

/**
 * Creates the store for the key that encrypts copies. The key is never on disk, because files keep deleted data and it would open
 * every copy that was ever there. With a lock, it is the vault's key; without one, it is in memory and is lost when the browser
 * closes.
 */
export const createCopyKeys = (keyring: Keyring): KeyStore => {
  const findMemoryKey = async (): Promise<CryptoKey | undefined> => {
    const sealed = await items.copyKey.get()
    const bytes = sealed && (await openWith<string>(await keyring.deviceKey(), records.copyKey, sealed))
    return bytes === null || bytes === undefined ? undefined : importKey(bytes)
  }
  const isLockSet = async () => (await items.lock.get()) !== null
  return {
    find: async (name) => ((await isLockSet()) ? keyring.find(name) : findMemoryKey()),
    findOrAdd: async (name, key) => {
      if (await isLockSet()) return keyring.findOrAdd(name, key)
      // The given key cannot be exported, so it could not be sealed. Creates another one.
      const sealed = await keyring.sealKey(generateKeyBytes(), records.copyKey)
      await items.copyKey.update((stored) => stored ?? sealed)
      return (await findMemoryKey()) ?? key
    },
    remove: () => items.copyKey.remove(),
  }
}
