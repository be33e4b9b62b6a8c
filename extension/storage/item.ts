import browser from 'webextension-polyfill'
import { type Area, read, removeTogether, runUpdate, writeTogether } from './area.ts'

/** One stored value, with its type and its initial value. */
export interface Item<T> {
  readonly area: Area
  readonly key: string
  get(): Promise<T>
  set(value: T): Promise<void>
  remove(): Promise<void>
  /**
   * Reads, changes and writes in one step, so that two updates never overwrite each other. Returns the new value; writes nothing
   * if `change` returns the same object.
   */
  update(change: (value: T) => T): Promise<T>
}

export const createItem = <T>(area: Area, key: string, initial: T): Item<T> => {
  const get = () => read(area, key, initial)
  const set = (value: T) => writeTogether(area, { [key]: value })
  return {
    area,
    key,
    get,
    set,
    remove: () => removeTogether(area, [key]),
    update: (change) =>
      runUpdate(area, async () => {
        const before = await get()
        const after = change(before)
        if (after !== before) await set(after)
        return after
      }),
  }
}

interface Restrictable {
  setAccessLevel?(level: { accessLevel: 'TRUSTED_CONTEXTS' }): Promise<void>
}

/**
 * Denies content scripts access to `storage.local`, as browsers do for `session`. Carekey has none; this protects a later
 * version.
 */
export const keepContentScriptsOut = async (): Promise<void> => {
  const local = browser.storage.local as Restrictable
  await local.setAccessLevel?.({ accessLevel: 'TRUSTED_CONTEXTS' })
}
