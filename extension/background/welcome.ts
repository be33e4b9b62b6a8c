import browser, { type Runtime } from 'webextension-polyfill'
import { items } from '../storage/items.ts'

/**
 * Says once what Carekey is. Not after an update; not for what a developer loads anew at every change, which Firefox calls
 * temporary and Chrome an installation each time.
 */
export const welcomeOnce = (): void => {
  browser.runtime.onInstalled.addListener(async ({ reason, temporary }: Runtime.OnInstalledDetailsType) => {
    if (reason !== 'install' || temporary || (await items.welcomed.get())) return
    await items.welcomed.set(true)
    await browser.tabs.create({ url: browser.runtime.getURL('extension/welcome/index.html') })
  })
}
