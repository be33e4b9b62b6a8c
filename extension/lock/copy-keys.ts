import { items } from '../storage/items.ts'
import { records } from '../storage/records.ts'
import { type KeyStore, openWith } from '../storage/vault.ts'
import { generateKeyBytes, importKey } from '../storage/wrapped-key.ts'
import type { Keyring } from './keyring.ts'

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
