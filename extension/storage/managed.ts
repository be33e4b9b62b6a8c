import browser from 'webextension-polyfill'

/** Reads the values that the administration of this browser has set, before any validation. Undefined if it set none. */
export const readManaged = (): Promise<Record<string, unknown> | undefined> => {
  // Concurrent calls share one read, as in `area.ts`.
  reading ??= read().finally(() => {
    reading = undefined
  })
  return reading
}

let reading: ReturnType<typeof read> | undefined

const read = async (): Promise<Record<string, unknown> | undefined> => {
  try {
    const values = await browser.storage.managed.get()
    return Object.keys(values).length > 0 ? values : undefined
  } catch (error) {
    // Firefox throws this if nothing was set. Any other failure must not look like that.
    if (/manifest not found/i.test(String(error))) return undefined
    return { unreadable: true }
  }
}
