import { records } from './records.ts'
import type { Sealed, Vault } from './vault.ts'

/** Where sealed copies lie, by the id of their connection and what they are of. */
export interface CopyStore {
  find(id: string): Promise<Sealed | undefined>
  put(id: string, copy: Sealed): Promise<void>
  remove(id: string): Promise<void>
  ids(): Promise<string[]>
}

/** What was last read of a record, kept for when its organization cannot be reached. */
export interface Copies {
  /** Keeps it in the place of the one before. One that is too large is not kept, and the one before neither. */
  keep(connectionId: string, part: string, value: unknown): Promise<void>
  /** Undefined when there is none, or it cannot be opened. */
  find<T>(connectionId: string, part: string): Promise<T | undefined>
  /** Without a part, all that was kept of the connection. */
  drop(connectionId: string, part?: string): Promise<void>
  /** What a worker that was stopped midway has left behind. */
  dropOthers(connectionIds: readonly string[]): Promise<void>
}

/** A copy's JSON is no longer than this, in UTF-16 units; one copy a connection and part: vital signs, or a list's type. */
export const longestCopy = 1_000_000
/** Of all connections together; one that is new takes the place of another's. */
export const mostCopies = 50

export const createCopies = ({ vault, store }: { vault: Vault; store: CopyStore }): Copies => {
  const removeWhere = async (isGone: (connectionId: string) => boolean): Promise<void> => {
    for (const id of await store.ids()) if (isGone(id.split(' ')[0] ?? '')) await store.remove(id)
  }
  return {
    keep: async (connectionId, part, value) => {
      const id = idOf(connectionId, part)
      if (JSON.stringify(value).length > longestCopy) return store.remove(id)
      const others = (await store.ids()).filter((each) => each !== id)
      const isOfAnother = (each: string) => !each.startsWith(`${connectionId} `)
      const replaced = others.length < mostCopies ? undefined : (others.find(isOfAnother) ?? others[0])
      if (replaced !== undefined) await store.remove(replaced)
      await store.put(id, await vault.seal(records.copy(id), value))
    },
    find: async <T>(connectionId: string, part: string) => {
      const id = idOf(connectionId, part)
      const sealed = await store.find(id)
      return sealed && vault.open<T>(records.copy(id), sealed)
    },
    drop: (connectionId, part) =>
      part === undefined
        ? removeWhere((each) => each === connectionId)
        : store.remove(idOf(connectionId, part)),
    dropOthers: (connectionIds) => removeWhere((each) => !connectionIds.includes(each)),
  }
}

const idOf = (connectionId: string, part: string): string => `${connectionId} ${part}`
