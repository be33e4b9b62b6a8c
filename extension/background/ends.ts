import browser, { type Alarms, type Storage } from 'webextension-polyfill'
import type { Providers } from '../auth/providers.ts'
import type { Revocations } from '../auth/revocation.ts'
import type { Sessions } from '../auth/session.ts'
import { items } from '../storage/items.ts'
import { paintBadge } from './badge.ts'

const endAlarm = 'grant-ends'
const badgeAlarm = 'badge'
const revocationAlarm = 'revoke-again'

interface Services {
  providers: Providers
  sessions: Sessions
  revocations: Revocations
}

/**
 * What has to happen when its time has come, page or no page: a grant's end wipes it, a failed revocation is tried again,
 * and the toolbar tells the time that is left.
 */
export const watchEnds = (services: Services): void => {
  browser.alarms.onAlarm.addListener(async ({ name }: Alarms.Alarm) => {
    if (name === endAlarm) await sweep(services)
    if (name === badgeAlarm) await tellTime(services)
    if (name === revocationAlarm) await services.revocations.retry()
  })
  browser.storage.onChanged.addListener(async (changes: Record<string, Storage.StorageChange>) => {
    if (shown.some(({ key }) => key in changes)) await tellTime(services)
    if (items.revocations.key in changes && (await services.revocations.pending()))
      browser.alarms.create(revocationAlarm, { delayInMinutes: 1 })
  })
}

/** What the toolbar is drawn from. */
const shown = [items.sessions, items.connections, items.logAlarms, items.newAccesses, items.providers]

/**
 * Looks at every connection once: finding a session wipes it when its time is over. Sets every alarm anew, for browsers
 * may forget them when they quit.
 */
export const sweep = async (services: Services): Promise<void> => {
  for (const id of Object.keys(await items.connections.get())) await services.sessions.find(id)
  await tellTime(services)
  if ((await services.revocations.pending()) && !(await browser.alarms.get(revocationAlarm)))
    browser.alarms.create(revocationAlarm, { delayInMinutes: 1 })
}

/** One after the other: what was looked at first would otherwise be painted over what was looked at last. */
const tellTime = ({ providers }: Services): Promise<void> =>
  navigator.locks.request('toolbar', async () => {
    const ends = Object.values(await items.sessions.get()).flatMap(({ endsAt }) => endsAt ?? [])
    await setAlarm(endAlarm, ends.length === 0 ? undefined : Math.min(...ends))
    const known = await providers.list()
    const { changesAt } = await paintBadge(async (id) => known.find((each) => each.id === id)?.name ?? '')
    await setAlarm(badgeAlarm, changesAt)
  })

const setAlarm = async (name: string, when: number | undefined): Promise<void> => {
  if (when === undefined) await browser.alarms.clear(name)
  else browser.alarms.create(name, { when })
}
