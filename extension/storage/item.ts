import browser from 'webextension-polyfill'
import { writeTogether } from './write.ts'

/** One stored value, with its type and what stands for it while nothing is stored. */
export interface Item<T> {
  readonly area: 'local' | 'session'
  readonly key: string
  get(): Promise<T>
  set(value: T): Promise<void>
  remove(): Promise<void>
  /** Reads, changes and writes as one step: two updates never overwrite each other. Answers the new value. */
  update(change: (value: T) => T): Promise<T>
}

export const createItem = <T>(area: 'local' | 'session', key: string, initial: T): Item<T> => {
  const storage = browser.storage[area]
  let reading: Promise<T> | undefined
  const read = async () => {
    const { [key]: value } = await storage.get(key)
    return value === undefined ? initial : (value as T)
  }
  /** Whoever asks while it is being read has the same answer: of each connection the same few values are asked for. */
  const get = () => {
    const mine = reading ?? read()
    reading = mine
    const done = () => {
      if (reading === mine) reading = undefined
    }
    mine.then(done, done)
    return mine
  }
  /** What was asked before a change, or while it was made, is no answer to who asks after it. */
  const change = async (write: () => Promise<void>) => {
    reading = undefined
    await write()
    reading = undefined
  }
  const set = (value: T) => change(() => writeTogether(area, { [key]: value }))
  return {
    area,
    key,
    get,
    set,
    remove: () => change(() => storage.remove(key)),
    update: (next) =>
      navigator.locks.request(`storage:${area}:${key}`, async () => {
        const value = next(await get())
        await set(value)
        return value
      }),
  }
}

interface Restrictable {
  setAccessLevel?(level: { accessLevel: 'TRUSTED_CONTEXTS' }): Promise<void>
}

/** There are no content scripts; should there ever be one, `storage.local` is closed to it, as `session` is from the start. */
export const keepContentScriptsOut = async (): Promise<void> => {
  const local = browser.storage.local as Restrictable
  await local.setAccessLevel?.({ accessLevel: 'TRUSTED_CONTEXTS' })
}
