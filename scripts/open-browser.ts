import { resolve } from 'node:path'
import puppeteer, { type Browser } from 'puppeteer-core'
import { findBrowser } from './browsers.ts'

const hasDisplay = () =>
  process.platform === 'darwin' ||
  process.platform === 'win32' ||
  Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)

/**
 * Opens Chromium with the extension loaded, in a profile of its own. Loads the extension through the debugging pipe, because Chrome
 * removed `--load-extension`.
 *
 * @returns undefined if there is no screen or no Chromium, or `NO_BROWSER` is 1.
 */
const openBrowser = async (extension: string, profile: string): Promise<Browser | undefined> => {
  const executablePath = findBrowser('chromium')
  if (process.env.NO_BROWSER === '1' || !hasDisplay() || !executablePath) return undefined
  console.log('Opening Chromium …')
  const asRoot = process.getuid?.() === 0
  const browser = await puppeteer.launch({
    executablePath,
    headless: false,
    pipe: true,
    defaultViewport: null,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    userDataDir: resolve(profile),
    enableExtensions: true,
    ignoreDefaultArgs: ['--enable-automation'],
    args: [
      '--hide-crash-restore-bubble',
      '--no-first-run',
      '--no-default-browser-check',
      ...(asRoot ? ['--no-sandbox'] : []),
    ],
  })
  process.on('exit', () => browser.process()?.kill())
  await loadExtension(browser, extension)
  return browser
}

/** Like `openBrowser`, but only reports it if the browser does not open. */
export const tryToOpenBrowser = (extension: string, profile: string): Promise<Browser | undefined> =>
  openBrowser(extension, profile).catch((error: Error) => {
    console.log(`The browser did not open: ${error.message.split('\n')[0]}`)
    return undefined
  })

/**
 * Loads or reloads the extension from its folder; reloading closes its pages. Opens its popup as a page too, because its button is
 * hidden behind the puzzle piece.
 */
export const loadExtension = async (browser: Browser, extension: string): Promise<void> => {
  const id = await browser.installExtension(resolve(extension))
  const [page] = await browser.pages()
  await page?.goto(`chrome-extension://${id}/extension/popup/index.html`)
}
