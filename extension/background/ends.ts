import browser, { type Alarms, type Storage } from 'webextension-polyfill'
import type { Revocations } from '../auth/grant/revocation.ts'
import type { Sessions } from '../auth/grant/session.ts'
import { findEndOf } from '../auth/provider/policy.ts'
import type { Providers } from '../auth/provider/providers.ts'
import { connectionIds } from '../auth/sign-in/sign-out.ts'
import { type Locking, lockAlarm } from '../lock/lock.ts'
import { waitAlarm } from '../lock/lock-opening.ts'
import { endTimesWhileLocked } from '../lock/sealed-items.ts'
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
 * Runs timed work even when no page is open: locks Carekey, wipes a grant at its end, retries a failed revocation, and repaints
 * the badge.
 */
export const watchEnds = (services: Services): void => {
  browser.alarms.onAlarm.addListener(async ({ name }: Alarms.Alarm) => {
    if (name === lockAlarm) await services.lock.close()
    if (name === waitAlarm) await services.lock.countDown()
    if (name === endAlarm) await endExpired(services)
    if (name === badgeAlarm) await updateBadge(services)
    if (name === revocationAlarm) await retryRevocations(services, 'due')
  })
  browser.storage.onChanged.addListener(
    async (changes: Record<string, Storage.StorageChange>, area: string) => {
      // A policy may end sessions that began before it was set.
      if (area === 'managed') await endExpired(services)
      if (badgeItems.some(({ key }) => key in changes)) await updateBadge(services)
      if (items.revocations.key in changes) await setRetryAlarm(services)
    },
  )
  browser.runtime.onStartup.addListener(async () => {
    await retryRevocations(services, 'all')
    await giveBackHosts(services.providers)
  })
}

/** The items that the badge depends on. */
const badgeItems = [
  items.sessions,
  items.connections,
  items.knownLogs,
  items.unstoredLogs,
  items.logForks,
  items.providers,
  items.lock,
  items.unlocked,
  items.closing,
]

const endExpired = async (services: Services): Promise<void> => {
  if (!(await services.lock.isLocked())) return services.lock.whileOpen(() => sweep(services))
  await services.lock.endOverdue()
  await updateBadge(services)
}

/**
 * Looks up the session of every connection once, which ends it if its time is over or its connection is gone. Sets every alarm
 * again, because browsers may forget alarms when they quit.
 */
export const sweep = async (services: Services): Promise<void> => {
  for (const id of await connectionIds()) await services.sessions.find(id)
  await updateBadge(services)
  await setRetryAlarm(services)
}

/** Retries revocations. While locked, they wait; opening the lock sets their alarm again. */
const retryRevocations = async (services: Services, which: 'due' | 'all'): Promise<void> => {
  const { lock, revocations } = services
  await lock.whileOpen(() => revocations.retry(which)).catch(() => undefined)
  if (!(await lock.isLocked())) await setRetryAlarm(services)
}

const setRetryAlarm = async ({ revocations }: Services): Promise<void> =>
  setAlarm(revocationAlarm, await revocations.nextTry())

/**
 * Paints the badge and sets the alarms for its next changes. Runs one at a time: an older run must not overwrite a newer badge.
 */
export const updateBadge = ({ providers, lock }: Pick<Services, 'providers' | 'lock'>): Promise<void> =>
  navigator.locks.request('toolbar', async () => {
    const isLocked = await lock.isLocked()
    const endOf = await findEndOf()
    const ends = isLocked
      ? await endTimesWhileLocked(endOf)
      : Object.values(await items.sessions.get()).flatMap((session) => endOf(session) ?? [])
    await setAlarm(endAlarm, ends.length === 0 ? undefined : Math.min(...ends))
    const ownProviders = await providers.list()
    // An organization that the policy no longer allows is not listed, but an alarm stays.
    const nameOf = async (id: string) =>
      ownProviders.find((each) => each.id === id)?.label ?? (await items.providers.find(id))?.name ?? ''
    const { changesAt } = await paintBadge(nameOf, isLocked)
    await setAlarm(badgeAlarm, changesAt)
  })

const setAlarm = async (name: string, when: number | undefined): Promise<void> => {
  if (when === undefined) await browser.alarms.clear(name)
  else browser.alarms.create(name, { when })
}
