import browser, { type Runtime } from 'webextension-polyfill'
import { items } from '../storage/items.ts'

/**
 * Opens the welcome page once: not after an update, and not again when a developer reloads the extension, which Firefox reports
 * as temporary and Chrome as an installation each time.
 */
export const welcomeOnce = (): void => {
  browser.runtime.onInstalled.addListener(async ({ reason, temporary }: Runtime.OnInstalledDetailsType) => {
    if (reason !== 'install' || temporary || (await items.welcomed.get())) return
    await items.welcomed.set(true)
    await browser.tabs.create({ url: browser.runtime.getURL('extension/welcome/index.html') })
  })
}
