import type { KeyStore } from '../../extension/storage/vault.ts'

/** Keys in memory; the tests in a browser have IndexedDB. */
export const createKeyStore = (): KeyStore => {
  const keys = new Map<string, CryptoKey>()
  return {
    find: async (name) => keys.get(name),
    findOrAdd: async (name, key) => {
      if (!keys.has(name)) keys.set(name, key)
      return keys.get(name) ?? key
    },
  }
}
