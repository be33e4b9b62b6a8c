import { generateRandomState } from 'oauth4webapi'
import browser from 'webextension-polyfill'
import { redirectAddress } from '../../../values/extension-addresses.ts'
import { requireUrl } from '../../../values/parse-address.ts'
import type { SavedProvider } from '../../storage/items.ts'

/** Returns this browser's address for answers; each provider has its own path below it. */
export const ownRedirectUri = (): string => browser.identity.getRedirectURL()

/** Returns the address to which a provider sends its answers: its own path, or the relay that it was configured with. */
export const redirectUriOf = ({
  redirectUri,
  fhirBase,
}: Pick<SavedProvider, 'redirectUri' | 'fhirBase'>): string =>
  redirectUri || redirectAddress(ownRedirectUri(), fhirBase)

/**
 * Returns a fresh `state`. If the redirect address is a relay, the `state` tells it which extension gets the answer:
 * `<random>.chrome` or `<random>.firefox`.
 *
 * @param relay empty if there is none.
 * @param own this browser's own redirect address.
 */
export const stateFor = (relay: string, own: string): string => {
  const state = generateRandomState()
  return relay === '' ? state : `${state}.${browserFamilyOf(own)}`
}

const browserFamilyOf = (own: string): 'chrome' | 'firefox' =>
  requireUrl(own).hostname.endsWith('.chromiumapp.org') ? 'chrome' : 'firefox'
