import { items } from '../storage/items.ts'
import { records } from '../storage/records.ts'
import { type KeyStore, openWith } from '../storage/vault.ts'
import { generateKeyBytes, importKey } from '../storage/wrapped-key.ts'
import type { Keyring } from './keyring.ts'

/**
 * The key of what was last read of records. No disk has it: files keep what was deleted, so a key that lay there once would
 * open every copy that lay there too. With a lock it is the vault's; without, it is in memory and ends with the browser.
 */
export const createCopyKeys = (keyring: Keyring): KeyStore => {
  const held = async (): Promise<CryptoKey | undefined> => {
    const sealed = await items.copyKey.get()
    const bytes = sealed && (await openWith<string>(await keyring.deviceKey(), records.copyKey, sealed))
    return bytes === null || bytes === undefined ? undefined : importKey(bytes)
  }
  const isLockSet = async () => (await items.lock.get()) !== null
  return {
    find: async (name) => ((await isLockSet()) ? keyring.find(name) : held()),
    findOrAdd: async (name, key) => {
      if (await isLockSet()) return keyring.findOrAdd(name, key)
      // The key that is given cannot be exported, so that memory could not keep it.
      const made = await keyring.toHold(generateKeyBytes(), records.copyKey)
      await items.copyKey.update((kept) => kept ?? made)
      return (await held()) ?? key
    },
    remove: () => items.copyKey.remove(),
  }
}
