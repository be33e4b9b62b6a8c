import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from '@playwright/test'
import manifest from '../../manifest.json' with { type: 'json' }
import { requireBrowser } from '../../scripts/browsers.ts'
import { reset, SETTINGS, stopWorkers } from './reset.ts'

/** Chromium with the extension in it, and a profile that outlives it. */
export interface Carekey {
  readonly context: BrowserContext
  readonly id: string
  /** The folder of its profile. */
  readonly profile: string
  popup(): Promise<Page>
  /** The page of the side panel, in a tab. */
  side(): Promise<Page>
  /** @param page the hash of one of its pages; that of an administrator's forms without it. */
  options(page?: 'organizations' | 'access-log' | 'configuration' | 'lock' | 'units'): Promise<Page>
  summary(): Promise<Page>
  /** Ends the service worker as the browser does when it is idle. Its next message wakes a new one. */
  killWorker(): Promise<void>
  /** Quits the browser and starts it again on the same profile. */
  restart(): Promise<void>
  /** Removes everything that a test left behind: pages, stored values, permissions, and the worker. */
  reset(): Promise<void>
  close(): Promise<void>
}

const launch = (extension: string, profile: string) =>
  chromium.launchPersistentContext(profile, {
    executablePath: requireBrowser('chromium'),
    headless: true,
    viewport: null,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--screen-info={1600x1200}',
      `--disable-extensions-except=${extension}`,
      `--load-extension=${extension}`,
    ],
  })

/** Chrome's rule: the first 32 hexadecimal digits of the key's SHA-256, written with the letters from a to p. */
const idOfKey = (key: string) =>
  createHash('sha256')
    .update(Buffer.from(key, 'base64'))
    .digest('hex')
    .slice(0, 32)
    .replace(/./g, (digit) => 'abcdefghijklmnop'.charAt(Number.parseInt(digit, 16)))

/** The page that was opened at the installation. */
export const welcomeTab = async (context: BrowserContext): Promise<Page> => {
  const isWelcome = (page: Page) => page.url().endsWith('/extension/welcome/index.html')
  const page = context.pages().find(isWelcome) ?? (await context.waitForEvent('page'))
  await page.waitForURL('**/extension/welcome/index.html')
  return page
}

/** @param extension the absolute path of the folder with the built extension. */
export const startCarekey = async (
  extension: string,
  profile: string,
  { closesWelcome = true } = {},
): Promise<Carekey> => {
  const isNew = !existsSync(join(profile, 'Default'))
  let context = await launch(extension, profile)
  // A new profile opens the welcome page once; only one test wants that tab.
  if (isNew && closesWelcome) {
    const welcome = await welcomeTab(context)
    await welcome.evaluate((settings) => chrome.storage.local.set(settings), SETTINGS)
    await welcome.close()
  }
  const id = idOfKey(manifest.key)

  const open = async (path: string, size: { width: number; height: number }, hash = '') => {
    const page = await context.newPage()
    await page.setViewportSize(size)
    await page.goto(`chrome-extension://${id}/extension/${path}/index.html${hash && `#${hash}`}`)
    return page
  }

  return {
    get context() {
      return context
    },
    id,
    profile,
    popup: () => open('popup', { width: 400, height: 600 }),
    side: () => open('side', { width: 360, height: 900 }),
    options: (page) => open('options', { width: 1200, height: 900 }, page ?? 'administration'),
    summary: () => open('summary', { width: 1000, height: 800 }),
    killWorker: async () => {
      const page = await context.newPage()
      await stopWorkers(await context.newCDPSession(page))
      await page.close()
    },
    restart: async () => {
      await context.close()
      context = await launch(extension, profile)
    },
    reset: () => reset(context, id),
    close: () => context.close(),
  }
}
