import browser from 'webextension-polyfill'
import { hostPatterns } from '../messages/host-pattern.ts'

/** Asks the person. Call it in the click itself, before any `await`: browsers refuse it later. */
export const requestHostAccess = async (urls: string[]): Promise<boolean> => {
  try {
    return await browser.permissions.request({ origins: hostPatterns(urls) })
  } catch {
    return false // the pattern lies outside what the manifest may ask for
  }
}

export const hasHostAccess = (urls: string[]): Promise<boolean> =>
  browser.permissions.contains({ origins: hostPatterns(urls) })

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
  const kept = new Set(hostPatterns(stillNeeded))
  const origins = hostPatterns(urls).filter((each) => !kept.has(each))
  if (origins.length > 0) await browser.permissions.remove({ origins }).catch(() => false)
}
