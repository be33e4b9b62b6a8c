import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { isDebianRoot, runApt } from './apt.ts'

export type BrowserName = 'chromium' | 'firefox'

/** Names on the PATH first, then where each system keeps its applications. */
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

/** The path of an installed browser. `CAREKEY_CHROMIUM` and `CAREKEY_FIREFOX` name another one. */
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
 * Installs the browsers that are missing where that may be done unasked: as root on Debian.
 *
 * @returns one sentence for what the person must install, or undefined when all are there.
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
