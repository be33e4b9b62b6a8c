import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { isDebianRoot, runApt } from './apt.ts'

type BrowserName = 'chromium' | 'firefox'

/** Names to look for on the PATH, and paths where each system installs applications; the first match wins. */
const places: Record<BrowserName, readonly string[]> = {
  chromium: [
    'chromium',
    'chromium-browser',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    `${process.env.LOCALAPPDATA}\\Chromium\\Application\\chrome.exe`,
    'google-chrome',
    'google-chrome-stable',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    `${process.env.PROGRAMFILES}\\Google\\Chrome\\Application\\chrome.exe`,
  ],
  firefox: [
    'firefox-esr',
    'firefox',
    '/Applications/Firefox.app/Contents/MacOS/firefox',
    `${process.env.PROGRAMFILES}\\Mozilla Firefox\\firefox.exe`,
  ],
}

const debianPackages: Record<BrowserName, string> = { chromium: 'chromium', firefox: 'firefox-esr' }

const isExecutable = (path: string) => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Returns the path of an installed browser. `CAREKEY_CHROMIUM` and `CAREKEY_FIREFOX` override it. */
export const findBrowser = (name: BrowserName): string | undefined => {
  const chosen = process.env[`CAREKEY_${name.toUpperCase()}`]
  if (chosen) return chosen
  const folders = (process.env.PATH ?? '').split(delimiter)
  return places[name]
    .flatMap((place) => (/[\\/]/.test(place) ? [place] : folders.map((folder) => join(folder, place))))
    .find(isExecutable)
}

/** @throws Error that says what to install. */
export const requireBrowser = (name: BrowserName): string => {
  const path = findBrowser(name)
  if (!path) throw new Error(`No ${name} was found. Install it, or name it in CAREKEY_${name.toUpperCase()}.`)
  return path
}

/**
 * Installs missing browsers as root on Debian; elsewhere it installs nothing.
 *
 * @returns a sentence that says what to install, or undefined if nothing is missing.
 */
export const installBrowsers = (names: readonly BrowserName[]): string | undefined => {
  const missing = names.filter((name) => !findBrowser(name))
  if (missing.length === 0) return undefined
  const packages = missing.map((name) => debianPackages[name])
  if (isDebianRoot()) {
    console.log(`Installing ${packages.join(' and ')} with apt-get (once; some minutes) …`)
    if (runApt('update') && runApt('install', '-y', '--no-install-recommends', ...packages)) return undefined
  }
  return process.platform === 'linux'
    ? `Install ${missing.join(' and ')} for the browser tests, on Debian: sudo apt-get install ${packages.join(' ')}`
    : `Install ${missing.join(' and ')} for the browser tests.`
}
