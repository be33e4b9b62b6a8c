import { records, type Sealed, type ValueStore, type Vault } from './vault.ts'

/** Storage for sealed copies; an id names the connection and the part. */
export type CopyStore = ValueStore<Sealed>

export type Copies = ReturnType<typeof createCopies>

/**
 * The longest JSON of a copy, in UTF-16 units. Each connection has one copy of its vital signs, and one of each type of its
 * lists.
 */
export const longestCopy = 1_000_000
/** The most copies of all connections together. Beyond that, a new copy replaces one of the connection that has the most. */
export const mostCopies = 50

/** Copies of records as last read, for when an organization cannot be reached. */
export const createCopies = ({ vault, store }: { vault: Vault; store: CopyStore }) => {
  const removeWhere = async (isDropped: (connectionId: string) => boolean): Promise<void> => {
    for (const id of await store.ids()) if (isDropped(connectionOf(id))) await store.remove(id)
  }
  return {
    /** Stores a copy in place of the earlier one. If the value is too large, only deletes the earlier copy. */
    keep: async (connectionId: string, part: string, value: unknown): Promise<void> => {
      const id = idOf(connectionId, part)
      if (JSON.stringify(value).length > longestCopy) return store.remove(id)
      const others = (await store.ids()).filter((each) => each !== id)
      const evicted = others.length < mostCopies ? undefined : leastOfMost(others)
      if (evicted !== undefined) await store.remove(evicted)
      await store.put(id, await vault.seal(records.copy(id), value))
    },
    /** Undefined when there is none, or it cannot be opened. */
    find: async <T>(connectionId: string, part: string): Promise<T | undefined> => {
      const id = idOf(connectionId, part)
      const sealed = await store.find(id)
      return sealed && vault.open<T>(records.copy(id), sealed)
    },
    /** Deletes a copy, or without a part all copies of the connection. */
    drop: (connectionId: string, part?: string): Promise<void> =>
      part === undefined
        ? removeWhere((each) => each === connectionId)
        : store.remove(idOf(connectionId, part)),
    /** Deletes the copies of all other connections; a worker that was stopped midway may have left some. */
    dropOthers: (connectionIds: readonly string[]) => removeWhere((each) => !connectionIds.includes(each)),
  }
}

/** The parts that are kept longest, the last one above all. */
const mostNeeded = ['vitals', 'Condition', 'MedicationStatement', 'MedicationRequest', 'AllergyIntolerance']

/** Returns the least needed copy of the connection that has the most, so that none pushes out all of another. */
const leastOfMost = (ids: readonly string[]): string | undefined => {
  const [most = []] = [...Map.groupBy(ids, connectionOf).values()].toSorted((a, b) => b.length - a.length)
  const rankOf = (id: string) => mostNeeded.indexOf(id.slice(connectionOf(id).length + 1))
  return most.toSorted((a, b) => rankOf(a) - rankOf(b))[0]
}

const connectionOf = (id: string): string => id.split(' ')[0] ?? ''

const idOf = (connectionId: string, part: string): string => `${connectionId} ${part}`
