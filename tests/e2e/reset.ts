import type { BrowserContext, CDPSession, Page } from '@playwright/test'

/** A page on which nothing runs, and which may call the extension's APIs. */
const QUIET = 'manifest.json'

/** What every test finds in `storage.local`: the browser's locale is that of the US, and most tests know the demo's metric values. */
export const SETTINGS = { welcomed: true, units: 'metric', lockOffered: true }

/** Watches that a test may have requested from Playwright. */
const WATCHED = [
  'weberror',
  'request',
  'response',
  'requestfailed',
  'page',
  'serviceworker',
  'console',
] as const

/**
 * Resets the profile to the state of the browser's start, because a browser takes seconds to start, and one more until it knows
 * its policy. Data in the profile's files stay there; a test that reads the files has its own profile.
 */
export const reset = async (context: BrowserContext, id: string): Promise<void> => {
  for (const event of WATCHED) context.removeAllListeners(event)
  await context.unrouteAll({ behavior: 'ignoreErrors' })
  await context.setOffline(false)
  const [first] = context.pages()
  // The page that the browser started with, if no test closed it.
  const page = first?.url() === 'about:blank' ? first : await context.newPage()
  const session = await context.newCDPSession(page)
  await closeOthers(context, page, session)
  await page.goto(`chrome-extension://${id}/${QUIET}`)
  // The worker is usually awake; if it ends after these changes, they do not have to wake it.
  await page.evaluate(async (settings) => {
    await chrome.alarms.clearAll()
    const { origins = [] } = await chrome.permissions.getAll()
    const { host_permissions: always = [] } = chrome.runtime.getManifest()
    const removable = origins.filter((origin) => !always.includes(origin))
    if (removable.length > 0) await chrome.permissions.remove({ origins: removable })
    await chrome.storage.session.clear()
    await chrome.storage.local.clear()
    // A profile opens the welcome page once, and this one already has.
    await chrome.storage.local.set(settings)
  }, SETTINGS)
  await stopWorkers(session)
  // Until it has ended, the worker may still have written.
  const woken = await page.evaluate(async (settings) => {
    for (const { name = '' } of await indexedDB.databases())
      await new Promise<unknown>((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name)
        request.onsuccess = resolve
        request.onerror = () => reject(request.error)
      })
    const local = Object.keys(await chrome.storage.local.get()).filter((key) => !(key in settings))
    const inSession = Object.keys(await chrome.storage.session.get())
    await chrome.storage.local.remove(local)
    await chrome.storage.session.clear()
    await chrome.alarms.clearAll()
    await chrome.action.setBadgeText({ text: '' })
    return local.length + inSession.length > 0
  }, SETTINGS)
  await context.clearCookies()
  await session.send('Network.clearBrowserCache')
  if (woken) await stopWorkers(session)
  // As after a start, the worker is awake and has cleaned up.
  await page.evaluate(() => chrome.runtime.sendMessage({ name: 'state' }))
  await page.goto('about:blank')
  await session.detach()
}

/** Closes all open pages except this one, and empties it, because a browser starts with one empty page. */
const closeOthers = async (context: BrowserContext, page: Page, session: CDPSession): Promise<void> => {
  for (const other of context.pages()) if (other !== page) await other.close()
  // The toolbar's popup is not among the context's pages.
  const { targetInfos } = await session.send('Target.getTargets')
  for (const { targetId, type, url } of targetInfos)
    if (type === 'page' && url.startsWith('chrome-extension://'))
      await session.send('Target.closeTarget', { targetId })
}

/** Ends the service worker as the browser does when it is idle. Its next message wakes a new one. */
export const stopWorkers = async (session: CDPSession): Promise<void> => {
  // Playwright still lists a worker that was stopped in this way, so its events do not help.
  const states = new Map<string, string>()
  session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
    for (const { versionId, runningStatus } of versions) states.set(versionId, runningStatus)
  })
  await session.send('ServiceWorker.enable')
  const isStopped = () => states.size > 0 && [...states.values()].every((state) => state === 'stopped')
  // A worker that is just starting continues to do so, so it is stopped again.
  do {
    await session.send('ServiceWorker.stopAllWorkers')
    await new Promise((resolve) => setTimeout(resolve, 20))
  } while (!isStopped())
  await session.send('ServiceWorker.disable')
}
