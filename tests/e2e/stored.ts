import type { Page } from '@playwright/test'

/** Returns everything that the extension stores in an area, as text. `page` is one of its own pages. */
export const storedText = (page: Page, area: 'local' | 'session'): Promise<string> =>
  page.evaluate(async (name) => JSON.stringify(await chrome.storage[name].get()), area)

/** Returns the unencrypted access tokens. */
export const tokensIn = (text: string): string[] =>
  [...text.matchAll(/"token":"([^"]+)"/g)].map(([, token = '']) => token)
