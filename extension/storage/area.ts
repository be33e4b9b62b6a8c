import browser from 'webextension-polyfill'

/** `local` outlives the browser; `session` is memory that ends with it. */
export type Area = 'local' | 'session'

/**
 * What is there for convenience, in the order in which it gives way to what keeps a person signed in. `ownRequests` is of an
 * earlier version, until it is moved.
 */
const givesWay = ['brands', 'ownRequests'] as const

/** Reads under way, by area and key. */
const reads = new Map<string, Promise<unknown>>()

/** Concurrent reads share one storage call: of each connection the same few values are asked for. */
export const read = <T>(area: Area, key: string, initial: T): Promise<T> => {
  const name = `${area}:${key}`
  const shared =
    reads.get(name) ??
    browser.storage[area].get(key).then(({ [key]: value }) => (value === undefined ? initial : value))
  reads.set(name, shared)
  const done = () => {
    if (reads.get(name) === shared) reads.delete(name)
  }
  shared.then(done, done)
  return shared as Promise<T>
}

/** A read that began before a change, or while it was made, is not shared with those who ask after it. */
const change = async (area: Area, keys: readonly string[], write: () => Promise<void>): Promise<void> => {
  const renew = () => {
    for (const key of keys) reads.delete(`${area}:${key}`)
  }
  renew()
  await write()
  renew()
}

/**
 * Stores values of one area in one write: all of them, or none. Where there is no room, lists that can be fetched or begun anew
 * go first. Throws what the browser says when there is none even so.
 */
export const writeTogether = (area: Area, values: Record<string, unknown>): Promise<void> =>
  change(area, Object.keys(values), async () => {
    const write = () => browser.storage[area].set(values)
    const lists = area === 'local' ? givesWay.filter((key) => !(key in values)) : []
    let written = write()
    for (const list of lists)
      written = written.catch(async (error) => {
        if (!isFull(error)) throw error
        await removeTogether(area, [list])
        return write()
      })
    return written
  })

export const removeTogether = (area: Area, keys: string[]): Promise<void> =>
  change(area, keys, () => browser.storage[area].remove(keys))

/** Deletes whatever else is there, also what nobody knows any more. */
export const keepOnly = async (area: Area, keys: readonly string[]): Promise<void> =>
  removeTogether(
    area,
    Object.keys(await browser.storage[area].get()).filter((key) => !keys.includes(key)),
  )

/** Runs while nobody else changes the area by what it holds, so that several of its values can change in one step. */
export const updating = <T>(area: Area, work: () => Promise<T>): Promise<T> =>
  navigator.locks.request(`storage:${area}`, work)

/** Each browser words it in its own way. */
export const isFull = (error: unknown): boolean =>
  error instanceof Error && /quota/i.test(`${error.name} ${error.message}`)
