import { generateRandomState } from 'oauth4webapi'

/**
 * A fresh `state`. Behind a redirect address that is not this browser's own stands a relay, which takes from the `state`
 * to which of the extensions it hands the answer: `<random>.chrome` or `<random>.firefox`.
 *
 * @param relay empty where there is none.
 * @param own where this browser takes answers.
 */
export const stateFor = (relay: string, own: string): string => {
  const state = generateRandomState()
  return relay === '' ? state : `${state}.${familyOf(own)}`
}

const familyOf = (own: string): 'chrome' | 'firefox' =>
  new URL(own).hostname.endsWith('.chromiumapp.org') ? 'chrome' : 'firefox'
