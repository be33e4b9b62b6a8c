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
  // Chrome opens the popup only in the active window, and for a moment after a sign-in window has closed there is none.
  const openPopup = async () => {
    for (const deadline = Date.now() + 10_000; ; ) {
      const windows = await chrome.windows.getAll({ populate: true })
      const [window, ...others] = windows
      if (window?.id === undefined) throw new Error('There is no window.')
      if (others.length === 0 && window.focused) return chrome.action.openPopup({ windowId: window.id })
      if (Date.now() > deadline) throw new Error(`The windows stay as they are: ${JSON.stringify(windows)}`)
      if (others.length === 0) await chrome.windows.update(window.id, { focused: true })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  return openedView(page, `chrome-extension://${id}/extension/popup/index.html`, async () =>
    opener ? opener.evaluate(openPopup) : worker?.evaluate(openPopup),
  )
}
