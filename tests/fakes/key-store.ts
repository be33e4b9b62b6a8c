import type { CopyStore } from '../../extension/storage/copies.ts'
import type { KeyStore, PairStore, Sealed } from '../../extension/storage/vault.ts'

/** Keys in memory; the tests in a browser have IndexedDB. */
export const createKeyStore = (): KeyStore => {
  const keys = new Map<string, CryptoKey>()
  return {
    find: async (name) => keys.get(name),
    findOrAdd: async (name, key) => {
      if (!keys.has(name)) keys.set(name, key)
      return keys.get(name) ?? key
    },
    remove: async (name) => void keys.delete(name),
  }
}

export const createPairStore = (): PairStore => {
  const pairs = new Map<string, CryptoKeyPair>()
  return {
    find: async (id) => pairs.get(id),
    put: async (id, pair) => void pairs.set(id, pair),
    remove: async (id) => void pairs.delete(id),
    ids: async () => [...pairs.keys()],
  }
}

export const createCopyStore = (): CopyStore => {
  const copies = new Map<string, Sealed>()
  return {
    find: async (id) => copies.get(id),
    put: async (id, copy) => void copies.set(id, copy),
    remove: async (id) => void copies.delete(id),
    ids: async () => [...copies.keys()],
  }
}
