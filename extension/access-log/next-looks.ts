import { abilities, covers, readsAll } from '../auth/scopes.ts'
import { items, type Session, type StoredConnection } from '../storage/items.ts'
import { keepRows } from '../storage/table.ts'

const HOUR = 3_600_000
/** Looks are rare, because each one is itself an entry of the log. */
const usualDelay = 6 * HOUR
/** After a failed look: offline, refused, or ended with the worker. */
const delayAfterFailure = HOUR
/** After a start of the browser, or a sign-in without a look. */
const firstDelay = 60_000

/** Checks whether the worker looks at a log by itself: it must be the person's own, and they must have allowed reading it. */
export const isWatched = ({ person, launched }: StoredConnection, { patient, scope }: Session): boolean =>
  person.role === 'patient' && !launched && patient !== undefined && abilities(scope, true).readAccessLog

/** Checks whether a grant covers everything that the log holds about the person. */
export const coversLog = ({ patient, scope }: Session): boolean =>
  patient !== undefined && readsAll(scope, 'AuditEvent')

/** Returns the scopes of a grant that covers only a part of the log, always in the same order. */
export const scopesOfPart = (session: Session): string | undefined =>
  coversLog(session)
    ? undefined
    : session.scope
        .split(' ')
        .filter((scope) => covers(scope, 'AuditEvent'))
        .toSorted()
        .join(' ')

/** Schedules the next look: in 6 hours, or 1 hour after a failure. */
export const scheduleNextLook = (connectionId: string, failed = false): Promise<void> =>
  items.nextLooks.put(connectionId, Date.now() + (failed ? delayAfterFailure : usualDelay))

/**
 * Returns when each of these logs is looked at next, and stores that. Existing plans stay; plans of other connections are
 * dropped.
 */
export const planLooks = async (connectionIds: readonly string[]): Promise<Record<string, number>> => {
  const plans = await items.nextLooks.get()
  const plan = Object.fromEntries(connectionIds.map((id) => [id, plans[id] ?? Date.now() + firstDelay]))
  if (JSON.stringify(plan) === JSON.stringify(plans)) return plan
  return items.nextLooks.update((all) => ({ ...plan, ...keepRows(all, (id) => connectionIds.includes(id)) }))
}
