import { ProblemError } from '../messages/errors.ts'
import { items } from '../storage/items.ts'
import { records } from '../storage/records.ts'
import { generateClosedKey, type KeyStore, openWith, type Sealed, sealWith } from '../storage/vault.ts'
import { importKey } from '../storage/wrapped-key.ts'

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
