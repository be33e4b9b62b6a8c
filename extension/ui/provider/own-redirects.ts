import { redirectAddress } from '../../messages/addresses.ts'

/** Derives from the manifest's `key`, which fixes Carekey's id in Chromium. */
const chrome = 'https://dalpiflagoafecnakabbknjkoiiobpmf.chromiumapp.org/'
/** Derives from the SHA-1 of the id in `browser_specific_settings`. */
const firefox = 'https://72eb57131cec718e15fdb0566fcefd82f9b1cbd0.extensions.allizom.org/'

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
    { browser: 'chrome' as const, address: chrome },
    { browser: 'firefox' as const, address: firefox },
  ]
  const all = both.some(({ address }) => address === own)
    ? both
    : [{ browser: 'this' as const, address: own }, ...both]
  return all.map(({ browser, address }) => ({ browser, address: redirectAddress(address, fhirBase) }))
}
