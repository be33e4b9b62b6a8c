import { items } from '../storage/items.ts'
import { records } from '../storage/records.ts'
import { type KeyStore, openWith } from '../storage/vault.ts'
import { generateKeyBytes, importKey } from '../storage/wrapped-key.ts'
import type { Keyring } from './keyring.ts'

/**
 * Creates the store of the key that encrypts copies. The key never lies on disk: files keep deleted data, so it would open every
 * copy that ever lay there. With a lock it is the vault's key; without one it is in memory and ends with the browser.
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
      // The given key cannot be exported, so memory could not hold it.
      const sealed = await keyring.sealKey(generateKeyBytes(), records.copyKey)
      await items.copyKey.update((stored) => stored ?? sealed)
      return (await findMemoryKey()) ?? key
    },
    remove: () => items.copyKey.remove(),
  }
}
