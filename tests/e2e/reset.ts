import type { BrowserContext, CDPSession, Page } from '@playwright/test'

/** Nothing runs on it, and it may call the extension's interfaces. */
const QUIET = 'manifest.json'

/** What a test may have asked Playwright to watch. */
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
 * Makes the profile what it was when the browser was started: a browser takes seconds to start, and a second more until it
 * knows its policy. What lies in the profile's files stays there; a test that reads them has a profile of its own.
 */
export const reset = async (context: BrowserContext, id: string): Promise<void> => {
  for (const event of WATCHED) context.removeAllListeners(event)
  await context.unrouteAll({ behavior: 'ignoreErrors' })
  await context.setOffline(false)
  const [first] = context.pages()
  // The one with which the browser was started, if no test took it.
  const page = first?.url() === 'about:blank' ? first : await context.newPage()
  const session = await context.newCDPSession(page)
  await closeOthers(context, page, session)
  await page.goto(`chrome-extension://${id}/${QUIET}`)
  // The worker is most often awake, and need not be woken for these changes if it ends after them.
  await page.evaluate(async () => {
    await chrome.alarms.clearAll()
    const { origins = [] } = await chrome.permissions.getAll()
    const { host_permissions: always = [] } = chrome.runtime.getManifest()
    const given = origins.filter((origin) => !always.includes(origin))
    if (given.length > 0) await chrome.permissions.remove({ origins: given })
    await chrome.storage.session.clear()
    await chrome.storage.local.clear()
    // A profile is welcomed once, and was.
    await chrome.storage.local.set({ welcomed: true })
  })
  await stopWorkers(session)
  // Until then it may have written.
  const woken = await page.evaluate(async () => {
    for (const { name = '' } of await indexedDB.databases())
      await new Promise<unknown>((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name)
        request.onsuccess = resolve
        request.onerror = () => reject(request.error)
      })
    const local = Object.keys(await chrome.storage.local.get()).filter((key) => key !== 'welcomed')
    const inSession = Object.keys(await chrome.storage.session.get())
    await chrome.storage.local.remove(local)
    await chrome.storage.session.clear()
    await chrome.alarms.clearAll()
    await chrome.action.setBadgeText({ text: '' })
    return local.length + inSession.length > 0
  })
  await context.clearCookies()
  await session.send('Network.clearBrowserCache')
  if (woken) await stopWorkers(session)
  // As after a start, it is awake and has settled.
  await page.evaluate(() => chrome.runtime.sendMessage({ name: 'state' }))
  await page.goto('about:blank')
  await session.detach()
}

/** Of what is open, all but this page, which is empty again in the end: a browser has one such when it was started. */
const closeOthers = async (context: BrowserContext, page: Page, session: CDPSession): Promise<void> => {
  for (const other of context.pages()) if (other !== page) await other.close()
  // The toolbar's popup is none of its pages.
  const { targetInfos } = await session.send('Target.getTargets')
  for (const { targetId, type, url } of targetInfos)
    if (type === 'page' && url.startsWith('chrome-extension://'))
      await session.send('Target.closeTarget', { targetId })
}

/** Ends the service worker as the browser does when it is idle. Its next message wakes a new one. */
export const stopWorkers = async (session: CDPSession): Promise<void> => {
  // Playwright goes on listing a worker that was stopped this way, so its own events do not tell.
  const states = new Map<string, string>()
  session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
    for (const { versionId, runningStatus } of versions) states.set(versionId, runningStatus)
  })
  await session.send('ServiceWorker.enable')
  const isStopped = () => states.size > 0 && [...states.values()].every((state) => state === 'stopped')
  // One that is just starting goes on with that: it is told again.
  do {
    await session.send('ServiceWorker.stopAllWorkers')
    await new Promise((resolve) => setTimeout(resolve, 20))
  } while (!isStopped())
  await session.send('ServiceWorker.disable')
}
