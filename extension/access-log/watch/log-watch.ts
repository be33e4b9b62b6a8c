import browser, { type Alarms, type Storage } from 'webextension-polyfill'
import type { Sessions } from '../../auth/grant/session.ts'
import type { Locking } from '../../lock/lock.ts'
import { toProblem } from '../../messages/errors.ts'
import { items } from '../../storage/items.ts'
import { lost, withFailedLook } from './known-log.ts'
import { changeKnownLog, findKnownLogs, knownOverOthers } from './known-logs.ts'
import { lookAtLog, type Owed } from './look-at-log.ts'
import { coversLog, isWatched, planLooks, scheduleNextLook } from './next-looks.ts'

const lookAlarm = 'look-at-logs'

/**
 * Looks at people's own access logs even when no page is open: counts new accesses, and raises an alarm for a log that fails a
 * check.
 */
export const watchLogs = (sessions: Sessions, lock: Pick<Locking, 'whileOpen'>): void => {
  // While locked no log can be read; opening the lock sets the alarm again.
  const whileOpen = (work: () => Promise<void>) => lock.whileOpen(work).catch(() => undefined)
  browser.alarms.onAlarm.addListener(async ({ name }: Alarms.Alarm) => {
    if (name === lookAlarm) await whileOpen(() => lookAtLogs(sessions))
  })
  browser.storage.onChanged.addListener(async (changes: Record<string, Storage.StorageChange>) => {
    if (items.sessions.key in changes) await whileOpen(() => setLookAlarm(sessions))
  })
}

/**
 * Sets the alarm for the earliest look, or clears it if no log is watched. Also called after a start of the browser, and after each
 * change of a session, which may have narrowed its grant.
 */
export const setLookAlarm = (sessions: Sessions): Promise<void> => withPlanLock(() => setAlarm(sessions))

/**
 * Runs every look that is due. Plans the next look and its alarm before the first request leaves, so that no other log misses its
 * look if the worker ends or an organization is slow. Of two concurrent calls only one runs a look, because a look that one of
 * them takes is no longer due for the other.
 */
export const lookAtLogs = async (sessions: Sessions): Promise<void> => {
  const due = await withPlanLock(async () => {
    const plan = await planLooks(await findWatched(sessions))
    const dueIds = Object.keys(plan).filter((id) => (plan[id] ?? 0) <= Date.now())
    for (const id of dueIds) await scheduleNextLook(id, 'afterFailure')
    await setAlarm(sessions)
    return dueIds
  })
  await Promise.all(due.map((id) => look(sessions, id)))
}

/** Plans a look in a minute, unless a page reads its list down before that. */
export const lookSoon = async (sessions: Sessions, connectionId: string): Promise<void> => {
  await scheduleNextLook(connectionId, 'soon')
  await setLookAlarm(sessions)
}

const withPlanLock = <T>(work: () => Promise<T>): Promise<T> => navigator.locks.request('plan-looks', work)

const setAlarm = async (sessions: Sessions): Promise<void> => {
  const plan = await planLooks(await findWatched(sessions))
  const due = Object.values(plan)
  if (due.length === 0) await browser.alarms.clear(lookAlarm)
  else browser.alarms.create(lookAlarm, { when: Math.min(...due) })
}

const findWatched = async (sessions: Sessions): Promise<string[]> => {
  const ids = []
  const connections = Object.values(await items.connections.get())
  for (const connection of connections) {
    const session = await sessions.find(connection.id)
    if (session && isWatched(connection, session)) ids.push(connection.id)
    // A grant without the log is never looked at, so this is the only place that notices.
    if (session && !coversLog(session)) {
      const former = knownOverOthers(connection, connections, await findKnownLogs())
      await changeKnownLog(
        connection.id,
        (known = former) => known && { ...known, completeness: lost(known) },
      )
    }
  }
  return ids
}

/** Looks at one page. */
const lookAtPage = async (sessions: Sessions, connectionId: string, from?: Pick<Owed, 'next'>) => {
  const { prove } = await lookAtLog(sessions, connectionId, from)
  return prove()
}

/** Reads a list from a page down to what was known, or until that has cost enough. */
const readDown = async (
  sessions: Sessions,
  connectionId: string,
  from: Pick<Owed, 'next'> | undefined,
): Promise<void> => {
  for (let next = from; next; ) next = (await lookAtPage(sessions, connectionId, next)).owed
}

/** Takes the place where the last look stopped. Only one look uses it, so that a place that always fails cannot hold up every look. */
const takeResume = async (connectionId: string): Promise<string | undefined> => {
  let resume: string | undefined
  await changeKnownLog(connectionId, (known) => {
    resume = known?.resume
    return known && { ...known, resume: undefined }
  })
  return resume
}

/** Runs one look. It reports no failure, because nobody requested it. The next try is an hour later, even if the worker ended. */
const look = async (sessions: Sessions, connectionId: string): Promise<void> => {
  let hasBegun = false
  try {
    // The newest entries first, so that nothing further down delays them.
    const { owed } = await lookAtPage(sessions, connectionId)
    hasBegun = true
    const next = await takeResume(connectionId)
    // The organization may no longer know the place. That counts unless what was known is reached all the same.
    const failure =
      next && (await readDown(sessions, connectionId, { next }).catch((error: unknown) => error))
    const { resume } = (await findKnownLogs())[connectionId] ?? {}
    if (resume === undefined) await readDown(sessions, connectionId, owed)
    if (failure) throw failure
  } catch (error) {
    // The next look is already planned.
    if (hasBegun)
      await changeKnownLog(connectionId, (known) => known && withFailedLook(known, toProblem(error))).catch(
        () => undefined,
      )
  }
  await setLookAlarm(sessions)
}
