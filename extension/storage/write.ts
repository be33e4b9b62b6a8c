import browser from 'webextension-polyfill'

/** What is there for convenience, in the order in which it gives way to what keeps a person signed in. */
const givesWay = ['brands', 'ownRequests'] as const

/**
 * Stores values of one area in one write: all of them, or none. Where there is no room, lists that can be fetched or begun anew
 * go first. Throws what the browser says when there is none even so.
 */
export const writeTogether = async (
  area: 'local' | 'session',
  values: Record<string, unknown>,
): Promise<void> => {
  const write = () => browser.storage[area].set(values)
  const lists = area === 'local' ? givesWay.filter((key) => !(key in values)) : []
  let written = write()
  for (const list of lists)
    written = written.catch(async (error) => {
      if (!isFull(error)) throw error
      await browser.storage[area].remove(list)
      return write()
    })
  return written
}

/** Each browser words it in its own way. */
export const isFull = (error: unknown): boolean =>
  error instanceof Error && /quota/i.test(`${error.name} ${error.message}`)
