import browser, { type Alarms, type Storage } from 'webextension-polyfill'
import type { Revocations } from '../auth/revocation.ts'
import type { Sessions } from '../auth/session.ts'
import { items } from '../storage/items.ts'

const endAlarm = 'grant-ends'
const revocationAlarm = 'revoke-again'

/** What has to happen when its time has come, page or no page: a grant's end wipes it, a failed revocation is tried again. */
export const watchEnds = (services: { sessions: Sessions; revocations: Revocations }): void => {
  browser.alarms.onAlarm.addListener(async ({ name }: Alarms.Alarm) => {
    if (name === endAlarm) await sweep(services.sessions)
    if (name === revocationAlarm) await services.revocations.retry()
  })
  browser.storage.onChanged.addListener(async (changes: Record<string, Storage.StorageChange>) => {
    if (items.sessions.key in changes) await setEndAlarm()
    if (items.revocations.key in changes && (await services.revocations.pending()))
      browser.alarms.create(revocationAlarm, { delayInMinutes: 1 })
  })
}

/** Looks at every connection once: finding a session wipes it when its time is over. */
export const sweep = async (sessions: Sessions): Promise<void> => {
  for (const id of Object.keys(await items.connections.get())) await sessions.find(id)
  await setEndAlarm()
}

const setEndAlarm = async (): Promise<void> => {
  const ends = Object.values(await items.sessions.get()).flatMap(({ endsAt }) => endsAt ?? [])
  if (ends.length === 0) await browser.alarms.clear(endAlarm)
  else browser.alarms.create(endAlarm, { when: Math.min(...ends) })
}
