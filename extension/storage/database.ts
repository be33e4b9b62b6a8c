import { type DBSchema, openDB } from 'idb'
import type { KeyStore } from './vault.ts'

interface Schema extends DBSchema {
  keys: { key: string; value: CryptoKey }
}

// Opened anew for each use: a worker that is stopped with an open connection would block the next version's upgrade.
const open = () =>
  openDB<Schema>('carekey', 1, {
    upgrade: (database) => {
      database.createObjectStore('keys')
    },
  })

/** Keys in IndexedDB, the only storage of an extension that keeps a non-extractable `CryptoKey`. */
export const databaseKeys: KeyStore = {
  find: async (name) => {
    const database = await open()
    try {
      return await database.get('keys', name)
    } finally {
      database.close()
    }
  },

  findOrAdd: async (name, key) => {
    const database = await open()
    try {
      const transaction = database.transaction('keys', 'readwrite')
      const kept = await transaction.store.get(name)
      if (!kept) await transaction.store.put(key, name)
      await transaction.done
      return kept ?? key
    } finally {
      database.close()
    }
  },
}
