import { abilities, covers, readsAll } from '../../auth/grant/scopes.ts'
import { items, type Session, type StoredConnection } from '../../storage/items.ts'

const HOUR = 3_600_000
/** Until the next look, in milliseconds. */
const delays = {
  /** Looks are rare, because each one is itself an entry of the log. */
  usual: 6 * HOUR,
  /** After a failed look: offline, refused, or ended with the worker. */
  afterFailure: HOUR,
  /** After a start of the browser, a sign-in without a look, or a page that was closed before its list was read down. */
  soon: 60_000,
}

/** Checks whether two connections lead to the same record. */
export const areOfOneRecord = (a: StoredConnection, b: StoredConnection): boolean =>
  a.patientId !== undefined && a.patientId === b.patientId && a.fhirBase === b.fhirBase

/**
 * Returns the connections to this record of the person whose own it is, this one first if it is among them: those whose person the
 * organization called a patient, or all of them if it called nobody so. What it says of a person never ends the watch over their log.
 */
export const ownersOf = (
  connection: StoredConnection,
  connections: readonly StoredConnection[],
): StoredConnection[] => {
  const others = connections.filter((each) => each.id !== connection.id && areOfOneRecord(each, connection))
  const patients = [connection, ...others].filter(({ person }) => person.role === 'patient')
  return patients.length > 0 ? patients : [connection, ...others]
}

/** Checks whether a session may read the log of its own patient. */
const coversOwnLog = ({ patient, scope }: Session): boolean =>
  patient !== undefined && abilities(scope, true).readAccessLog

/** Checks whether the worker looks at a log by itself: the person signed in by themselves, and allowed reading it. */
export const isWatched = ({ launched }: StoredConnection, session: Session): boolean =>
  !launched && coversOwnLog(session)

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

/** Schedules the next look. */
export const scheduleNextLook = (connectionId: string, delay: keyof typeof delays): Promise<void> =>
  items.nextLooks.put(connectionId, Date.now() + delays[delay])

/**
 * Returns when each of these logs is looked at next, and stores that. Existing plans stay; plans of other connections are
 * dropped.
 */
export const planLooks = async (connectionIds: readonly string[]): Promise<Record<string, number>> => {
  const planOf = (plans: Record<string, number>) => {
    // The clock may have been ahead when a plan was made.
    const [soon, latest] = [Date.now() + delays.soon, Date.now() + delays.usual]
    return Object.fromEntries(connectionIds.map((id) => [id, Math.min(plans[id] ?? soon, latest)]))
  }
  const plans = await items.nextLooks.get()
  const plan = planOf(plans)
  return JSON.stringify(plan) === JSON.stringify(plans) ? plan : items.nextLooks.update(planOf)
}
