import browser, { type Alarms, type Storage } from 'webextension-polyfill'
import type { Providers } from '../auth/providers.ts'
import type { Revocations } from '../auth/revocation.ts'
import type { Sessions } from '../auth/session.ts'
import { connectionIds } from '../auth/sign-out.ts'
import { endsAsleep } from '../lock/asleep.ts'
import { type Locking, lockAlarm } from '../lock/lock.ts'
import { waitAlarm } from '../lock/lock-opening.ts'
import { items } from '../storage/items.ts'
import { paintBadge } from './badge.ts'
import { giveBackHosts } from './give-back-hosts.ts'

const endAlarm = 'grant-ends'
const badgeAlarm = 'badge'
const revocationAlarm = 'revoke-again'

export interface Services {
  providers: Providers
  sessions: Sessions
  revocations: Revocations
  lock: Locking
}

/**
 * What has to happen when its time has come, page or no page: a grant's end wipes it, a failed revocation is tried again,
 * and the toolbar tells the time that is left.
 */
export const watchEnds = (services: Services): void => {
  browser.alarms.onAlarm.addListener(async ({ name }: Alarms.Alarm) => {
    if (name === lockAlarm) await services.lock.close()
    if (name === waitAlarm) await services.lock.countDown()
    if (name === endAlarm) await endWhatIsOver(services)
    if (name === badgeAlarm) await tellTime(services)
    if (name === revocationAlarm) await tellAgain(services, 'due')
  })
  browser.storage.onChanged.addListener(async (changes: Record<string, Storage.StorageChange>) => {
    if (shown.some(({ key }) => key in changes)) await tellTime(services)
    if (items.revocations.key in changes) await planRetry(services)
  })
  browser.runtime.onStartup.addListener(async () => {
    await tellAgain(services, 'all')
    await giveBackHosts(services.providers)
  })
}

/** What the toolbar is drawn from. */
const shown = [
  items.sessions,
  items.connections,
  items.logAlarms,
  items.logForks,
  items.newAccesses,
  items.providers,
  items.lock,
  items.unlocked,
  items.closing,
]

const endWhatIsOver = async (services: Services): Promise<void> => {
  if (!(await services.lock.isLocked())) return services.lock.whileOpen(() => sweep(services))
  await services.lock.endOverdue()
  await tellTime(services)
}

/**
 * Looks at every connection once: finding a session wipes it when its time is over, or its connection is gone. Sets every alarm anew, for browsers
 * may forget them when they quit.
 */
export const sweep = async (services: Services): Promise<void> => {
  for (const id of await connectionIds()) await services.sessions.find(id)
  await tellTime(services)
  await planRetry(services)
}

/** While locked they wait: opening the lock sets the alarm anew. */
const tellAgain = async (services: Services, which: 'due' | 'all'): Promise<void> => {
  const { lock, revocations } = services
  await lock.whileOpen(() => revocations.retry(which)).catch(() => undefined)
  if (!(await lock.isLocked())) await planRetry(services)
}

const planRetry = async ({ revocations }: Services): Promise<void> =>
  setAlarm(revocationAlarm, await revocations.nextTry())

/** One after the other: what was looked at first would otherwise be painted over what was looked at last. */
export const tellTime = ({ providers, lock }: Pick<Services, 'providers' | 'lock'>): Promise<void> =>
  navigator.locks.request('toolbar', async () => {
    const isLocked = await lock.isLocked()
    const ends = isLocked
      ? await endsAsleep()
      : Object.values(await items.sessions.get()).flatMap(({ endsAt }) => endsAt ?? [])
    await setAlarm(endAlarm, ends.length === 0 ? undefined : Math.min(...ends))
    const known = await providers.list()
    const nameOf = async (id: string) => known.find((each) => each.id === id)?.label ?? ''
    const { changesAt } = await paintBadge(nameOf, isLocked)
    await setAlarm(badgeAlarm, changesAt)
  })

const setAlarm = async (name: string, when: number | undefined): Promise<void> => {
  if (when === undefined) await browser.alarms.clear(name)
  else browser.alarms.create(name, { when })
}
