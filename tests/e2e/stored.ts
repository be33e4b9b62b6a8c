import type { Page } from '@playwright/test'

/** All that the extension keeps in an area, as text. `page` is one of its own. */
export const storedText = (page: Page, area: 'local' | 'session'): Promise<string> =>
  page.evaluate(async (name) => JSON.stringify(await chrome.storage[name].get()), area)

/** The access tokens that stand there in clear. */
export const tokensIn = (text: string): string[] =>
  [...text.matchAll(/"token":"([^"]+)"/g)].map(([, token = '']) => token)
