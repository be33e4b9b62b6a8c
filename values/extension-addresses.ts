import { requireUrl } from './parse-address.ts'

/** Carekey's id in Chromium browsers. The manifest's `key` fixes it; a store that signs the archive may give another one. */
export const CHROME_ID = 'dalpiflagoafecnakabbknjkoiiobpmf'

/** Carekey's id in Firefox. */
export const FIREFOX_ID = 'extension@carekey.app'

/** Carekey's own redirect addresses. In Firefox the host is the SHA-1 of the id. */
export const EXTENSION_ADDRESSES: Readonly<Record<'chrome' | 'firefox', string>> = {
  chrome: `https://${CHROME_ID}.chromiumapp.org/`,
  firefox: 'https://72eb57131cec718e15fdb0566fcefd82f9b1cbd0.extensions.allizom.org/',
}

/**
 * Returns a provider's redirect address: below the extension's own address, on a path of its own, so that the answer of one
 * provider is never taken for that of another (mix-up, RFC 9700 section 4.4.2).
 * `https://<id>.chromiumapp.org/https/records.example.org/fhir`
 *
 * @param own the extension's address for answers, with a slash at its end.
 * @param target the provider's FHIR base; for a relay, the relay's address.
 */
export const redirectAddress = (own: string, target: string): string => {
  const { protocol, host, pathname } = requireUrl(target)
  const path = pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
  return `${own}${protocol.slice(0, -1)}/${host}${path}`
}

/**
 * Returns an organization's redirect address in each browser.
 *
 * @param own this browser's address, which differs in a build with another id.
 */
export const redirectAddresses = (
  own: string,
  fhirBase: string,
): { browser: 'chrome' | 'firefox' | 'this'; address: string }[] => {
  const both = [
    { browser: 'chrome' as const, address: EXTENSION_ADDRESSES.chrome },
    { browser: 'firefox' as const, address: EXTENSION_ADDRESSES.firefox },
  ]
  const all = both.some(({ address }) => address === own)
    ? both
    : [{ browser: 'this' as const, address: own }, ...both]
  return all.map(({ browser, address }) => ({ browser, address: redirectAddress(address, fhirBase) }))
}
