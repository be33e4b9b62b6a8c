import type { Sealed, Vault } from './vault.ts'

/** Where sealed copies lie, by the id of their connection. */
export interface CopyStore {
  find(connectionId: string): Promise<Sealed | undefined>
  put(connectionId: string, copy: Sealed): Promise<void>
  remove(connectionId: string): Promise<void>
  ids(): Promise<string[]>
}

/** What was last read of a record, kept for when its organization cannot be reached. */
export interface Copies {
  /** Keeps it in the place of the one before. One that is too large is not kept, and the one before neither. */
  keep(connectionId: string, value: unknown): Promise<void>
  /** Undefined when there is none, or it cannot be opened. */
  find<T>(connectionId: string): Promise<T | undefined>
  drop(connectionId: string): Promise<void>
  /** What a worker that was stopped midway has left behind. */
  dropOthers(connectionIds: readonly string[]): Promise<void>
}

/** A copy's JSON is no longer than this, in UTF-16 units; one copy a connection. */
export const longestCopy = 1_000_000

export const createCopies = ({ vault, store }: { vault: Vault; store: CopyStore }): Copies => ({
  keep: async (connectionId, value) => {
    if (JSON.stringify(value).length > longestCopy) return store.remove(connectionId)
    await store.put(connectionId, await vault.seal(recordOf(connectionId), value))
  },
  find: async <T>(connectionId: string) => {
    const sealed = await store.find(connectionId)
    return sealed && vault.open<T>(recordOf(connectionId), sealed)
  },
  drop: (connectionId) => store.remove(connectionId),
  dropOthers: async (connectionIds) => {
    for (const id of await store.ids()) if (!connectionIds.includes(id)) await store.remove(id)
  },
})

const recordOf = (connectionId: string): string => `copy:${connectionId}`
