import browser from 'webextension-polyfill'

/** Chrome's side panel, of which the polyfill knows nothing, or Firefox's sidebar. */
const { sidePanel, sidebarAction } = browser as Partial<
  Pick<typeof chrome, 'sidePanel'> & Pick<typeof browser, 'sidebarAction'>
>

/** Checks whether the browser has a side, and this page is not already there. */
export const canOpenAtSide = (): boolean =>
  (sidePanel ?? sidebarAction) !== undefined && !location.pathname.includes('/side/')

/** Opens the popup's pages at the side of the window, and closes the popup, which would cover them. Call it in a click. */
export const openAtSide = async (): Promise<void> => {
  // Not after anything that is awaited, because Firefox then no longer sees the click.
  if (sidebarAction) await sidebarAction.open()
  else await sidePanel?.open({ windowId: (await browser.windows.getCurrent()).id as number })
  for (const popup of browser.extension.getViews({ type: 'popup' })) popup.close()
}
