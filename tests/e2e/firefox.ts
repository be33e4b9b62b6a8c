import { expect } from '@playwright/test'
import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import { requireBrowser } from '../../scripts/browsers.ts'

/** Firefox gives an extension a different address in each profile, unless a preference sets it, as here. */
const uuid = '5b1f3f5e-7c5b-4b8e-9a51-0d3c1d6f2a10'
const geckoId = 'extension@carekey.app'

/** Firefox with the extension in it, and a profile that outlives it. */
export interface Firefox {
  readonly browser: Browser
  /** The folder of its profile. */
  readonly profile: string
  /** Quits the browser and starts it again on the same profile. */
  restart(): Promise<void>
  /** Removes everything that a test left behind: pages, stored values, permissions, and the worker. */
  reset(): Promise<void>
  close(): Promise<void>
}

interface Settings {
  /** Where the browser looks for an administration's policy; by default, where it normally does. */
  readonly home?: string
  /** Milliseconds after which an idle worker is ended; by default half a minute. */
  readonly idle?: number
}

export const startFirefox = async (
  extension: string,
  profile: string,
  settings: Settings = {},
): Promise<Firefox> => {
  let browser = await launch(extension, profile, settings)
  return {
    get browser() {
      return browser
    },
    profile,
    restart: async () => {
      await browser.close()
      browser = await launch(extension, profile, settings)
    },
    reset: () => reset(browser, extension),
    close: () => browser.close(),
  }
}

const launch = async (extension: string, profile: string, { home, idle = 30_000 }: Settings) => {
  const browser = await puppeteer.launch({
    userDataDir: profile,
    browser: 'firefox',
    executablePath: requireBrowser('firefox'),
    headless: true,
    args: ['--remote-allow-system-access'],
    ...(home && { env: { ...process.env, HOME: home } }),
    extraPrefsFirefox: {
      'extensions.webextensions.uuids': JSON.stringify({ [geckoId]: uuid }),
      'extensions.webextensions.keepUuidOnUninstall': true,
      'extensions.webextOptionalPermissionPrompts': false,
      'extensions.background.idle.timeout': idle,
    },
  })
  await browser.installExtension(extension)
  return browser
}

/** Removes the extension with all it stored, and installs it again, because a new browser takes seconds to start. */
const reset = async (browser: Browser, extension: string): Promise<void> => {
  const blank = await browser.newPage()
  await browser.uninstallExtension(geckoId)
  for (const page of await browser.pages()) if (page !== blank) await page.close().catch(() => undefined)
  await browser.deleteCookie(...(await browser.cookies()))
  await browser.installExtension(extension)
}

export const openPopup = (browser: Browser): Promise<Page> => openPage(browser, 'popup')

export const openPage = async (browser: Browser, name: 'popup' | 'options', hash = ''): Promise<Page> => {
  const page = await browser.newPage()
  await page.setViewport({ width: 400, height: 600 })
  // It never resolves for a page of an extension, so the caller waits for an element of the page.
  page.goto(`moz-extension://${uuid}/extension/${name}/index.html${hash}`).catch(() => undefined)
  return page
}

/** The element of this role and accessible name, once it is visible. */
export const one = (page: Page, role: string, name: string) =>
  page.locator(`::-p-aria([name="${name}"][role="${role}"])`)

/** Opens the page of the connection with this organization, where it can be ended. */
export const openOrganization = async (popup: Page, name: string): Promise<void> => {
  await popup.locator('.pill').click()
  await popup.locator(`dialog ::-p-text(${name})`).click()
}

/** Opens the list of organizations while somebody is signed in. */
export const addOrganization = async (popup: Page): Promise<void> => {
  await popup.locator('.pill').click()
  await one(popup, 'button', 'Add an organization').click()
}

/** Waits until the page's text matches. While one document replaces another, Firefox fails instead of answering. */
export const untilText = (page: Page, pattern: RegExp): Promise<void> =>
  expect
    .poll(() => page.evaluate(() => document.body?.textContent ?? '').catch(String), { timeout: 30_000 })
    .toMatch(pattern)

/** Returns the window that opens while `open` runs. */
export const opened = async (browser: Browser, open: () => Promise<void>): Promise<Page> => {
  const created = new Promise<Page>((resolve) => {
    browser.once('targetcreated', async (target) => {
      const page = await target.page()
      if (page) resolve(page)
    })
  })
  await open()
  return created
}
