import type { AllowedIn } from '../../pages/account/account-page.ts'

/** By what browsers name themselves, the more particular ones first: nearly all say that they are Chrome or Safari as well. */
const BROWSERS = [
  ['Edge', /\bEdg(?:A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|CriOS)\//],
  ['Safari', /\bVersion\/[\d.]+ (?:Mobile\/\w+ )?Safari\//],
] as const

/** Android and ChromeOS say that they are Linux or X11 as well. */
const SYSTEMS = [
  ['Android', /\bAndroid\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['iPhone', /\(iPhone;/],
  ['iPad', /\(iPad;/],
  ['Windows', /\bWindows NT\b/],
  ['macOS', /\(Macintosh;/],
  ['Linux', /\bLinux\b/],
] as const

/** Longer than that of any browser in the list. */
const LONGEST = 500

/**
 * Reduces a `User-Agent` to names of these lists, so that nothing of what was sent is stored. Anybody may send any, so it only helps
 * a person to tell their connections apart.
 *
 * @returns nothing unless both are known.
 */
export const browserOf = (userAgent: string | undefined): AllowedIn | undefined => {
  const text = userAgent?.slice(0, LONGEST) ?? ''
  const [browser] = BROWSERS.find(([, pattern]) => pattern.test(text)) ?? []
  const [system] = SYSTEMS.find(([, pattern]) => pattern.test(text)) ?? []
  return browser && system && { browser, system }
}
