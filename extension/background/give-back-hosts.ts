import browser from 'webextension-polyfill'
import type { Providers } from '../auth/provider/providers.ts'
import { hostPatterns } from '../messages/addresses.ts'
import { items } from '../storage/items.ts'

/**
 * Removes permissions for hosts that nothing saved needs, such as those of an organization that was viewed in a list and not
 * added. A permission for every host stays, because the person gave it in the browser's own settings.
 */
export const giveBackHosts = async (providers: Providers): Promise<void> => {
  const { origins = [] } = await browser.permissions.getAll()
  const savedProviders = Object.values(await items.providers.get())
  const ownRegistrations = Object.values(await items.registrations.get())
  const neededPatterns = hostPatterns([
    // Includes providers that a policy forbids, because it may allow them later.
    ...[...savedProviders, ...(await providers.list())].flatMap((each) => [
      each.fhirBase,
      each.authorizationEndpoint,
    ]),
    ...ownRegistrations.flatMap(({ fhirBase, address }) => [fhirBase, address]),
  ])
  const oneHost = /^https?:\/\/[^*/]+\/\*$/
  // One by one, because browsers refuse to remove a host that the manifest requires.
  for (const origin of origins.filter((each) => oneHost.test(each) && !neededPatterns.includes(each)))
    await browser.permissions.remove({ origins: [origin] }).catch(() => false)
}
