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
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await closeOthers(context, page, session)
  await page.goto(`chrome-extension://${id}/${QUIET}`)
  await page.evaluate(async () => {
    await chrome.alarms.clearAll()
    const { origins = [] } = await chrome.permissions.getAll()
    const { host_permissions: always = [] } = chrome.runtime.getManifest()
    const given = origins.filter((origin) => !always.includes(origin))
    if (given.length > 0) await chrome.permissions.remove({ origins: given })
  })
  await stopWorkers(session)
  await page.evaluate(async () => {
    await chrome.storage.session.clear()
    await chrome.storage.local.clear()
    // A profile is welcomed once, and was.
    await chrome.storage.local.set({ welcomed: true })
  })
  // A change wakes the worker, and it may have written since.
  await stopWorkers(session)
  await page.evaluate(async () => {
    for (const { name = '' } of await indexedDB.databases())
      await new Promise<unknown>((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name)
        request.onsuccess = resolve
        request.onerror = () => reject(request.error)
      })
    const left = Object.keys(await chrome.storage.local.get()).filter((key) => key !== 'welcomed')
    await chrome.storage.local.remove(left)
    await chrome.storage.session.clear()
    await chrome.action.setBadgeText({ text: '' })
  })
  await context.clearCookies()
  await session.send('Network.clearBrowserCache')
  await stopWorkers(session)
  // As after a start, it is awake and has settled.
  await page.evaluate(() => chrome.runtime.sendMessage({ name: 'state' }))
  await page.close()
}

/** Of what is open, all but this page and one empty tab, which a browser has when it was started. */
const closeOthers = async (context: BrowserContext, page: Page, session: CDPSession): Promise<void> => {
  const [blank = await context.newPage()] = context
    .pages()
    .filter((it) => it.url() === 'about:blank' && it !== page)
  for (const other of context.pages()) if (other !== page && other !== blank) await other.close()
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
