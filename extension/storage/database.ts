import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { isFull } from './area.ts'
import type { CopyStore } from './copies.ts'
import {
  concurrency,
  type JournalState,
  type OwnRequest,
  type RequestKey,
  type RequestStore,
  withoutRequests,
} from './stored-log.ts'
import type { KeyStore, PairStore, Sealed, ValueStore } from './vault.ts'

interface Schema extends DBSchema {
  /** Keys by name, such as the vault's. */
  keys: { key: string; value: CryptoKey }
  /** The key pairs that tokens are bound to, by id. */
  pairs: { key: string; value: CryptoKeyPair }
  /** Sealed copies of records, by the id of the connection and the part. */
  copies: { key: string; value: Sealed }
  /** The reads that were sent. */
  requests: { key: RequestKey; value: OwnRequest; indexes: { id: string } }
  /** By name. */
  journals: { key: string; value: JournalState }
}

// Opens the database for each use, because a worker that is stopped with an open connection would block the next version's
// upgrade.
const withDatabase = async <T>(work: (database: IDBPDatabase<Schema>) => Promise<T>): Promise<T> => {
  const database = await openDB<Schema>('carekey', 4, {
    upgrade: (opened, from) => {
      if (from < 1) opened.createObjectStore('keys')
      if (from < 2) opened.createObjectStore('pairs')
      if (from < 3) opened.createObjectStore('copies')
      if (from < 4) {
        opened.createObjectStore('requests').createIndex('id', 'id')
        opened.createObjectStore('journals')
      }
    },
  })
  try {
    return await work(database)
  } finally {
    database.close()
  }
}

/**
 * Runs a write; if storage is full, deletes copies of records, then journals, because keeping a person signed in matters more.
 */
const withRoom = async <T>(work: (database: IDBPDatabase<Schema>) => Promise<T>): Promise<T> => {
  let writing = withDatabase(work)
  for (const makeRoom of [clearCopies, loseRequests])
    writing = writing.catch(async (error) => {
      if (!isFull(error)) throw error
      await makeRoom()
      return withDatabase(work)
    })
  return writing
}

const clearCopies = (): Promise<void> => withDatabase((database) => database.clear('copies'))

const loseRequests = (): Promise<void> =>
  withDatabase(async (database) => {
    const transaction = database.transaction(['requests', 'journals'], 'readwrite')
    const [requests, journals] = [transaction.objectStore('requests'), transaction.objectStore('journals')]
    const work = async () => {
      for (const name of await journals.getAllKeys()) {
        const state = await journals.get(name)
        const deleted = await requests.getAll(within(name))
        if (state) await journals.put(withoutRequests(state, deleted, Date.now() + concurrency), name)
      }
      await requests.clear()
    }
    await Promise.all([work(), transaction.done])
  })

/** Keys in IndexedDB, the only storage of an extension that keeps a non-extractable `CryptoKey`. */
export const databaseKeys: KeyStore = {
  find: (name) => withDatabase((database) => database.get('keys', name)),

  findOrAdd: (name, key) =>
    withRoom(async (database) => {
      const transaction = database.transaction('keys', 'readwrite')
      const storedKey = await transaction.store.get(name)
      if (!storedKey) await transaction.store.put(key, name)
      await transaction.done
      return storedKey ?? key
    }),

  remove: (name) => withDatabase((database) => database.delete('keys', name)),
}

const valuesIn = <Name extends 'pairs' | 'copies'>(
  name: Name,
  write: typeof withDatabase,
): ValueStore<Schema[Name]['value']> => ({
  find: (id) => withDatabase((database) => database.get(name, id)),
  put: async (id, value) => {
    await write((database) => database.put(name, value, id))
  },
  remove: (id) => withDatabase((database) => database.delete(name, id)),
  ids: () => withDatabase((database) => database.getAllKeys(name)),
})

export const databasePairs: PairStore = valuesIn('pairs', withRoom)
export const databaseCopies: CopyStore = valuesIn('copies', withDatabase)

/** Returns the range of a journal's keys. An empty array ends it, because arrays sort after numbers and strings. */
const within = (journal: string): IDBKeyRange => IDBKeyRange.bound([journal], [journal, []])

export const databaseRequests: RequestStore = {
  journals: () =>
    withDatabase(async (database) => {
      const transaction = database.transaction('journals')
      const [names, states] = await Promise.all([transaction.store.getAllKeys(), transaction.store.getAll()])
      return Object.fromEntries(names.map((name, at) => [name, states[at] ?? { since: 0 }]))
    }),
  put: (key, request, since) =>
    withDatabase(async (database) => {
      const transaction = database.transaction(['requests', 'journals'], 'readwrite')
      const [requests, journals] = [transaction.objectStore('requests'), transaction.objectStore('journals')]
      const [journal] = key
      const begin = async () => {
        if ((await journals.getKey(journal)) === undefined) await journals.put({ since }, journal)
      }
      // Together, because the first error is the one that says why, such as a quota.
      const [, , count, [oldest]] = await Promise.all([
        requests.put(request, key),
        begin(),
        requests.count(within(journal)),
        requests.getAllKeys(within(journal), 1),
        transaction.done,
      ])
      return { count, oldest: oldest?.[1] ?? request.at }
    }),
  change: (key, id, to) =>
    withDatabase(async (database) => {
      const { store, done } = database.transaction('requests', 'readwrite')
      const [request, withId] = await Promise.all([store.get(key), store.index('id').getAllKeys(id)])
      await Promise.all([request && store.put(to(request, withId), key), done])
    }),
  keys: (journal) => withDatabase((database) => database.getAllKeys('requests', within(journal))),
  all: (journal) => withDatabase((database) => database.getAll('requests', within(journal))),
  remove: (keys, completeSince) =>
    withDatabase(async (database) => {
      const transaction = database.transaction(['requests', 'journals'], 'readwrite')
      const [requests, journals] = [transaction.objectStore('requests'), transaction.objectStore('journals')]
      const name = keys[0]?.[0] ?? ''
      const work = async () => {
        const deleted = await Promise.all(keys.map((key) => requests.get(key)))
        const state = (await journals.get(name)) ?? { since: 0 }
        const left = deleted.filter((request) => request !== undefined)
        await journals.put(withoutRequests(state, left, completeSince), name)
        await Promise.all(keys.map((key) => requests.delete(key)))
      }
      await Promise.all([work(), transaction.done])
    }),
  drop: (journal) =>
    withDatabase(async (database) => {
      const transaction = database.transaction(['requests', 'journals'], 'readwrite')
      await Promise.all([
        transaction.objectStore('requests').delete(within(journal)),
        transaction.objectStore('journals').delete(journal),
        transaction.done,
      ])
    }),
  makeRoom: loseRequests,
  clear: () =>
    withDatabase(async (database) => {
      const transaction = database.transaction(['requests', 'journals'], 'readwrite')
      const [requests, journals] = [transaction.objectStore('requests'), transaction.objectStore('journals')]
      await Promise.all([requests.clear(), journals.clear(), transaction.done])
    }),
}
