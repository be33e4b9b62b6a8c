import type { CopyStore } from '../../extension/storage/copies.ts'
import {
  concurrency,
  type JournalState,
  type OwnRequest,
  type RequestKey,
  type RequestStore,
  withoutRequests,
} from '../../extension/storage/stored-log.ts'
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
  const journals = new Map<string, JournalState>()
  const requests = new Map<string, { readonly key: RequestKey; readonly request: OwnRequest }>()
  const put = (key: RequestKey, request: OwnRequest) =>
    requests.set(JSON.stringify(key), { key, request: structuredClone(request) })
  const inOrder = () => [...requests.values()].sort((one, other) => one.key[1] - other.key[1])
  const rowsOf = (journal: string) => inOrder().filter(({ key: [name] }) => name === journal)
  const keysOf = (journal: string) => rowsOf(journal).map(({ key }) => key)
  const remove = (keys: readonly RequestKey[], completeSince: number) => {
    const [[name] = ['']] = keys
    const rows = rowsOf(name).filter(({ key }) => keys.some((each) => String(each) === String(key)))
    const state = journals.get(name)
    const deleted = rows.map(({ request }) => request)
    if (state) journals.set(name, withoutRequests(state, deleted, completeSince))
    for (const key of keys) requests.delete(JSON.stringify(key))
  }
  return {
    journals: async () => Object.fromEntries(journals),
    put: async (key, request, since) => {
      const [journal] = key
      if (!journals.has(journal)) journals.set(journal, { since })
      put(key, request)
      const all = keysOf(journal)
      return { count: all.length, oldest: all[0]?.[1] ?? 0 }
    },
    change: async (key, id, to) => {
      const row = requests.get(JSON.stringify(key))
      const withId = inOrder().filter(({ request }) => request.id === id)
      if (row)
        put(
          key,
          to(
            row.request,
            withId.map(({ key }) => key),
          ),
        )
    },
    keys: async (journal) => keysOf(journal),
    all: async (journal) => rowsOf(journal).map(({ request }) => request),
    remove: async (keys, completeSince) => remove(keys, completeSince),
    drop: async (journal) => {
      for (const key of keysOf(journal)) requests.delete(JSON.stringify(key))
      journals.delete(journal)
    },
    makeRoom: async () => {
      for (const name of journals.keys()) remove(keysOf(name), Date.now() + concurrency)
    },
    clear: async () => {
      requests.clear()
      journals.clear()
    },
  }
}
