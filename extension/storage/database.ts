import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { isFull } from './area.ts'
import type { CopyStore } from './copies.ts'
import type { KeyStore, PairStore, Sealed } from './vault.ts'

interface Schema extends DBSchema {
  /** The vault's. */
  keys: { key: string; value: CryptoKey }
  /** What tokens are bound to, by the id of the key. */
  pairs: { key: string; value: CryptoKeyPair }
  /** What was last read of a record, sealed, by the id of the connection and what it is of. */
  copies: { key: string; value: Sealed }
}

// Opened anew for each use: a worker that is stopped with an open connection would block the next version's upgrade.
const withDatabase = async <T>(work: (database: IDBPDatabase<Schema>) => Promise<T>): Promise<T> => {
  const database = await openDB<Schema>('carekey', 3, {
    upgrade: (opened, from) => {
      if (from < 1) opened.createObjectStore('keys')
      if (from < 2) opened.createObjectStore('pairs')
      if (from < 3) opened.createObjectStore('copies')
    },
  })
  try {
    return await work(database)
  } finally {
    database.close()
  }
}

/** Copies of records give way to what keeps a person signed in. */
const withRoom = async <T>(work: (database: IDBPDatabase<Schema>) => Promise<T>): Promise<T> => {
  try {
    return await withDatabase(work)
  } catch (error) {
    if (!isFull(error)) throw error
    await withDatabase((database) => database.clear('copies'))
    return withDatabase(work)
  }
}

/** Keys in IndexedDB, the only storage of an extension that keeps a non-extractable `CryptoKey`. */
export const databaseKeys: KeyStore = {
  find: (name) => withDatabase((database) => database.get('keys', name)),

  findOrAdd: (name, key) =>
    withRoom(async (database) => {
      const transaction = database.transaction('keys', 'readwrite')
      const kept = await transaction.store.get(name)
      if (!kept) await transaction.store.put(key, name)
      await transaction.done
      return kept ?? key
    }),

  remove: (name) => withDatabase((database) => database.delete('keys', name)),
}

export const databasePairs: PairStore = {
  find: (id) => withDatabase((database) => database.get('pairs', id)),
  put: async (id, pair) => {
    await withRoom((database) => database.put('pairs', pair, id))
  },
  remove: (id) => withDatabase((database) => database.delete('pairs', id)),
  ids: () => withDatabase((database) => database.getAllKeys('pairs')),
}

export const databaseCopies: CopyStore = {
  find: (id) => withDatabase((database) => database.get('copies', id)),
  put: async (id, copy) => {
    await withDatabase((database) => database.put('copies', copy, id))
  },
  remove: (id) => withDatabase((database) => database.delete('copies', id)),
  ids: () => withDatabase((database) => database.getAllKeys('copies')),
}
