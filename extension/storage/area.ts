import browser from 'webextension-polyfill'
import { withoutSnapshot } from './drop-snapshot.ts'

/** `local` outlives the browser; `session` is memory that ends with it. */
export type Area = 'local' | 'session'

/** Is deleted when storage is too full for the values that keep a person signed in. */
const expendableKey = 'brands'

/** Keys that the popup's state does not depend on. A change of any other key deletes the snapshot of that state. */
const unshownKeys: readonly string[] = ['brands', 'checkpoints', 'lastSearches', 'nextLooks', 'welcomed']

export const isShown = (key: string): boolean => !unshownKeys.includes(key)

/** Running reads, by area and key. */
const reads = new Map<string, Promise<unknown>>()

/** Reads a value. Concurrent reads share one storage call, because all connections need the same few values. */
export const read = <T>(area: Area, key: string, initial: T): Promise<T> => {
  const name = `${area}:${key}`
  const sharedRead =
    reads.get(name) ??
    browser.storage[area].get(key).then(({ [key]: value }) => (value === undefined ? initial : value))
  reads.set(name, sharedRead)
  const done = () => {
    if (reads.get(name) === sharedRead) reads.delete(name)
  }
  sharedRead.then(done, done)
  return sharedRead as Promise<T>
}

/**
 * Runs a write. Stops sharing reads before and after it, because a read that began earlier could give a later caller the old
 * value.
 */
const change = async (area: Area, keys: readonly string[], write: () => Promise<void>): Promise<void> => {
  const renew = () => {
    for (const key of keys) reads.delete(`${area}:${key}`)
  }
  const run = async () => {
    renew()
    await write()
    renew()
  }
  return keys.some(isShown) ? withoutSnapshot(run) : run()
}

/**
 * Stores values of one area in one write: all of them, or none. If storage is full, it deletes a list that can be fetched again,
 * and tries once more.
 *
 * @throws the browser's error, if there is still no room.
 */
export const writeTogether = (area: Area, values: Record<string, unknown>): Promise<void> =>
  change(area, Object.keys(values), async () => {
    const write = () => browser.storage[area].set(values)
    return write().catch(async (error) => {
      if (!isFull(error) || area !== 'local' || expendableKey in values) throw error
      await removeTogether(area, [expendableKey])
      return write()
    })
  })

export const removeTogether = (area: Area, keys: string[]): Promise<void> =>
  change(area, keys, () => browser.storage[area].remove(keys))

/** Deletes all keys of an area except these, including unknown ones. */
export const keepOnly = async (area: Area, keys: readonly string[]): Promise<void> =>
  removeTogether(
    area,
    Object.keys(await browser.storage[area].get()).filter((key) => !keys.includes(key)),
  )

/** Runs `work` while no other update of the area runs, so that it can read and change several values in one step. */
export const runUpdate = <T>(area: Area, work: () => Promise<T>): Promise<T> =>
  navigator.locks.request(`storage:${area}`, work)

/** Checks for a quota error, which each browser words differently. */
export const isFull = (error: unknown): boolean =>
  error instanceof Error && /quota/i.test(`${error.name} ${error.message}`)

/**
 * Reads the values that the administration of this browser has set, before any validation. Undefined if it set none.
 *
 * @throws the browser's error if they cannot be read: nobody knows then what is allowed, and no session may end for that.
 */
export const readManaged = (): Promise<Record<string, unknown> | undefined> => {
  // Concurrent calls share one read.
  managedRead ??= readManagedOnce().finally(() => {
    managedRead = undefined
  })
  return managedRead
}

let managedRead: ReturnType<typeof readManagedOnce> | undefined

const readManagedOnce = async (): Promise<Record<string, unknown> | undefined> => {
  try {
    const values = await browser.storage.managed.get()
    return Object.keys(values).length > 0 ? values : undefined
  } catch (error) {
    // Firefox throws this if nothing was set.
    if (/manifest not found/i.test(String(error))) return undefined
    throw error
  }
}
