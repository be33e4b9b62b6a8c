import browser from 'webextension-polyfill'
import type { Providers } from '../auth/providers.ts'
import { hostPatterns } from '../messages/host-pattern.ts'
import { items } from '../storage/items.ts'

/**
 * Gives back the hosts that were asked for and are needed by nothing that is saved: an organization that was looked at in
 * a list and not added. Whoever allowed every host did so in the browser's own settings, and that stays.
 */
export const giveBackHosts = async (providers: Providers): Promise<void> => {
  const { origins = [] } = await browser.permissions.getAll()
  const saved = Object.values(await items.providers.get())
  const registered = Object.values(await items.registrations.get())
  const needed = hostPatterns([
    // A policy that forbids one today may allow it tomorrow.
    ...[...saved, ...(await providers.list())].flatMap((each) => [each.fhirBase, each.authorizationEndpoint]),
    ...registered.flatMap(({ fhirBase, address }) => [fhirBase, address]),
  ])
  const one = /^https?:\/\/[^*/]+\/\*$/
  // One by one: what the manifest requires is refused, and stays.
  for (const origin of origins.filter((each) => one.test(each) && !needed.includes(each)))
    await browser.permissions.remove({ origins: [origin] }).catch(() => false)
}
