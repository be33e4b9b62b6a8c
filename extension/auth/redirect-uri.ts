import browser from 'webextension-polyfill'
import { redirectAddress } from '../messages/addresses.ts'
import type { SavedProvider } from '../storage/items.ts'

/** Returns this browser's address for answers; each provider has its own path below it. */
export const ownRedirectUri = (): string => browser.identity.getRedirectURL()

/** Returns the address to which a provider sends its answers: its own path, or the relay that it was configured with. */
export const redirectUriOf = ({
  redirectUri,
  fhirBase,
}: Pick<SavedProvider, 'redirectUri' | 'fhirBase'>): string =>
  redirectUri || redirectAddress(ownRedirectUri(), fhirBase)
