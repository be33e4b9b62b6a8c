import type { Page } from '@playwright/test'
import { type BrowserView, openedView } from './browser-view.ts'
import type { Carekey } from './carekey.ts'

/**
 * Opens the popup from the worker, like a click on the toolbar button; or from another page of the extension, if the worker must
 * stay asleep.
 */
export const openToolbarPopup = async (
  { context, id }: Pick<Carekey, 'context' | 'id'>,
  opener?: Page,
): Promise<BrowserView> => {
  const page = opener ?? context.pages()[0] ?? (await context.newPage())
  // A person clicks in the window that has the focus. Here the sign-in window, which had it, may just have closed.
  if (!opener) await page.bringToFront()
  const worker =
    context.serviceWorkers()[0] ?? (opener ? undefined : await context.waitForEvent('serviceworker'))
  // By its id, because after a sign-in window has closed no window may be the active one.
  const openPopup = async () => {
    const [{ id: windowId } = { id: undefined }] = await chrome.windows.getAll({ windowTypes: ['normal'] })
    if (windowId === undefined) throw new Error('There is no window.')
    await chrome.windows.update(windowId, { focused: true })
    await chrome.action.openPopup({ windowId })
  }
  return openedView(page, `chrome-extension://${id}/extension/popup/index.html`, async () =>
    opener ? opener.evaluate(openPopup) : worker?.evaluate(openPopup),
  )
}
