import browser from 'webextension-polyfill'

/** A match pattern with a port is accepted by Firefox and never matches, so there is none. */
const pattern = (url: string): string | undefined => {
  const parsed = URL.parse(url)
  return parsed?.hostname ? `${parsed.protocol}//${parsed.hostname}/*` : undefined
}

const patterns = (urls: string[]): string[] => [
  ...new Set(urls.map(pattern).filter((each) => each !== undefined)),
]

/** Asks the person. Call it in the click itself, before any `await`: browsers refuse it later. */
export const requestHostAccess = async (urls: string[]): Promise<boolean> => {
  try {
    return await browser.permissions.request({ origins: patterns(urls) })
  } catch {
    return false // the pattern lies outside what the manifest may ask for
  }
}

export const hasHostAccess = (urls: string[]): Promise<boolean> =>
  browser.permissions.contains({ origins: patterns(urls) })

/** Calls back when people allow or take back access, here or in the browser's own settings. */
export const watchHostAccess = (changed: () => void): (() => void) => {
  const { onAdded, onRemoved } = browser.permissions
  onAdded.addListener(changed)
  onRemoved.addListener(changed)
  return () => {
    onAdded.removeListener(changed)
    onRemoved.removeListener(changed)
  }
}

/** Gives back what no other organization needs; what the manifest requires stays. */
export const giveBackHostAccess = async (urls: string[], stillNeeded: string[]): Promise<void> => {
  const kept = new Set(patterns(stillNeeded))
  const origins = patterns(urls).filter((each) => !kept.has(each))
  if (origins.length > 0) await browser.permissions.remove({ origins }).catch(() => false)
}
