import { EXTENSION_ADDRESSES, redirectAddress } from '../../../values/extension-addresses.ts'

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
