import { generateRandomState } from 'oauth4webapi'

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
  new URL(own).hostname.endsWith('.chromiumapp.org') ? 'chrome' : 'firefox'
