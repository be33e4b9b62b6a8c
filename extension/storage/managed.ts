import browser from 'webextension-polyfill'

/**
 * What an organization's own administration has set for its browsers, as it is there: nothing of it is believed yet.
 * Undefined where nothing was set.
 */
export const readManaged = (): Promise<Record<string, unknown> | undefined> => {
  // As in `createItem`: whoever asks meanwhile has the same answer.
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
    // Firefox's way to say that nothing was set. Whatever else failed must not look like that.
    if (/manifest not found/i.test(String(error))) return undefined
    return { unreadable: true }
  }
}
