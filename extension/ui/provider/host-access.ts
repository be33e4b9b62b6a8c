import browser from 'webextension-polyfill'
import { hostPatterns } from '../../messages/addresses.ts'

/** Requests access from the person. Call it in the click itself, before any `await`, because browsers refuse it later. */
export const requestHostAccess = async (urls: string[]): Promise<boolean> => {
  try {
    return await browser.permissions.request({ origins: hostPatterns(urls) })
  } catch {
    return false // the manifest does not allow requesting this pattern
  }
}

export const hasHostAccess = (urls: string[]): Promise<boolean> =>
  browser.permissions.contains({ origins: hostPatterns(urls) })

/** Calls `changed` when a person grants or revokes access, here or in the browser's settings. */
export const watchHostAccess = (onChange: () => void): (() => void) => {
  const { onAdded, onRemoved } = browser.permissions
  onAdded.addListener(onChange)
  onRemoved.addListener(onChange)
  return () => {
    onAdded.removeListener(onChange)
    onRemoved.removeListener(onChange)
  }
}

const loopback = /^(localhost|127\.0\.0\.1)(:\d+)?(\/|$)/i
/** `records.clinic.example/fhir`: a name with a dot and no space. */
const withoutScheme = /^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)*\.\p{L}{2,}(:\d+)?(\/\S*)?$/u

/** Returns the web address that a person typed, with or without `https://`; undefined for a name or a place. */
export const typedAddress = (text: string): string | undefined => {
  const input = text.trim()
  const address = /^https?:\/\/\S+$/i.test(input)
    ? input
    : loopback.test(input)
      ? `http://${input}`
      : withoutScheme.test(input)
        ? `https://${input}`
        : undefined
  return address && URL.parse(address)?.href
}

/** Requests access to an organization in the click itself; this machine needs none. */
export const requestAccess = (...addresses: string[]): Promise<boolean> => {
  const others = addresses.filter((address) => !loopback.test(URL.parse(address)?.host ?? ''))
  return others.length > 0 ? requestHostAccess(others) : Promise.resolve(true)
}
