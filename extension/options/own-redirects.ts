import { redirectAddress } from '../messages/redirect-address.ts'

/** Follows from the `key` in the manifest, which fixes Carekey's id in Chromium. */
const chrome = 'https://dalpiflagoafecnakabbknjkoiiobpmf.chromiumapp.org/'
/** Follows from the id in `browser_specific_settings`: its SHA-1. */
const firefox = 'https://72eb57131cec718e15fdb0566fcefd82f9b1cbd0.extensions.allizom.org/'

/**
 * Where an organization sends people back to, in each browser.
 *
 * @param own this browser's, which may be a build of another id.
 */
export const redirectAddresses = (
  own: string,
  fhirBase: string,
): { browser: 'chrome' | 'firefox' | 'this'; address: string }[] => {
  const both = [
    { browser: 'chrome' as const, address: chrome },
    { browser: 'firefox' as const, address: firefox },
  ]
  const all = both.some(({ address }) => address === own)
    ? both
    : [{ browser: 'this' as const, address: own }, ...both]
  return all.map(({ browser, address }) => ({ browser, address: redirectAddress(address, fhirBase) }))
}
