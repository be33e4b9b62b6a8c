import type { CopyStore } from '../../extension/storage/copies.ts'
import type { OwnRequest, RequestKey, RequestStore } from '../../extension/storage/stored-log.ts'
import type { KeyStore, PairStore, Sealed } from '../../extension/storage/vault.ts'

/** Keys in memory; tests in a browser have IndexedDB. */
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

export const createRequestStore = (): RequestStore => {
  const journals = new Map<string, number>()
  const requests = new Map<string, OwnRequest>()
  const keys = (): RequestKey[] =>
    [...requests.keys()].map((text) => JSON.parse(text)).sort(([, a], [, b]) => a - b)
  const keysOf = (journal: string) => keys().filter(([name]) => name === journal)
  const at = (key: RequestKey) => requests.get(JSON.stringify(key))
  return {
    journals: async () => Object.fromEntries(journals),
    begin: async (journal, since) => void journals.set(journal, since),
    put: async (key, request, since) => {
      const [journal] = key
      if (!journals.has(journal)) journals.set(journal, since)
      requests.set(JSON.stringify(key), structuredClone(request))
      const all = keysOf(journal)
      return { count: all.length, oldest: all[0]?.[1] ?? 0 }
    },
    change: async (key, id, to) => {
      const request = at(key)
      const withId = keys().filter((each) => at(each)?.id === id)
      if (request) requests.set(JSON.stringify(key), structuredClone(to(request, withId)))
    },
    keys: async (journal) => keysOf(journal),
    all: async (journal) => keysOf(journal).flatMap((key) => at(key) ?? []),
    remove: async (keys) => {
      for (const key of keys) requests.delete(JSON.stringify(key))
    },
    drop: async (journal) => {
      for (const key of keysOf(journal)) requests.delete(JSON.stringify(key))
      journals.delete(journal)
    },
    clear: async () => {
      requests.clear()
      journals.clear()
    },
  }
}
