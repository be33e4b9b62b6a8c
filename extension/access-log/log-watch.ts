import browser, { type Alarms, type Storage } from 'webextension-polyfill'
import type { Sessions } from '../auth/session.ts'
import type { Locking } from '../lock/lock.ts'
import { items } from '../storage/items.ts'
import { lookAtLog } from './look-at-log.ts'
import { isWatched, planLooks, putOffLook } from './next-looks.ts'

const lookAlarm = 'look-at-logs'

/** Looks at people's own access logs, page or no page: new accesses are counted, and a log that does not hold is told. */
export const watchLogs = (sessions: Sessions, lock: Pick<Locking, 'whileOpen'>): void => {
  // While locked nobody's log can be read: opening the lock sets the alarm anew.
  const whileOpen = (work: () => Promise<void>) => lock.whileOpen(work).catch(() => undefined)
  browser.alarms.onAlarm.addListener(async ({ name }: Alarms.Alarm) => {
    if (name === lookAlarm) await whileOpen(() => lookAtLogs(sessions))
  })
  browser.storage.onChanged.addListener(async (changes: Record<string, Storage.StorageChange>) => {
    if (items.sessions.key in changes) await whileOpen(() => setLookAlarm(sessions))
  })
}

/** Sets the alarm for the look that is due first; none while nobody is signed in. Also after a start of the browser. */
export const setLookAlarm = (sessions: Sessions): Promise<void> => planning(() => setAlarm(sessions))

/**
 * Looks where it is time to. The next look, and its alarm, are set before the first request leaves: a worker that ends in
 * between, or an organization that keeps it waiting, costs no other log its look. Two at once are one look: what one of
 * them takes is not due for the other.
 */
export const lookAtLogs = async (sessions: Sessions): Promise<void> => {
  const due = await planning(async () => {
    const plan = await planLooks(await watched(sessions))
    const taken = Object.keys(plan).filter((id) => (plan[id] ?? 0) <= Date.now())
    for (const id of taken) await putOffLook(id, true)
    await setAlarm(sessions)
    return taken
  })
  await Promise.all(due.map((id) => look(sessions, id)))
}

const planning = <T>(work: () => Promise<T>): Promise<T> => navigator.locks.request('plan-looks', work)

const setAlarm = async (sessions: Sessions): Promise<void> => {
  const plan = await planLooks(await watched(sessions))
  const due = Object.values(plan)
  if (due.length === 0) await browser.alarms.clear(lookAlarm)
  else browser.alarms.create(lookAlarm, { when: Math.min(...due) })
}

const watched = async (sessions: Sessions): Promise<string[]> => {
  const found = []
  for (const connection of Object.values(await items.connections.get())) {
    const session = await sessions.find(connection.id)
    if (session && isWatched(connection, session)) found.push(connection.id)
  }
  return found
}

/** A failure is nobody's news: nobody asked. It is tried again, and so is a look that the worker did not live through. */
const look = async (sessions: Sessions, connectionId: string): Promise<void> => {
  try {
    const { prove } = await lookAtLog(sessions, connectionId)
    const { proof } = await prove()
    if (proof.outcome !== 'unchecked') await putOffLook(connectionId)
  } catch {
    // Tried again.
  }
  await setLookAlarm(sessions)
}
