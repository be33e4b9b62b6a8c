import { newAccessesOf, withoutKnown } from '../access-log/watch/find-new.ts'
import { areOfOneRecord, isWatched, ownersOf } from '../access-log/watch/next-looks.ts'
import { withoutForbidden } from '../auth/provider/policy.ts'
import type { NewAccesses, Policy } from '../messages/state.ts'
import type { Session, StoredConnection } from '../storage/items.ts'
import type { StoredKnownLog } from '../storage/stored-log.ts'

/** Checks whether a page may show the log. Undefined while nobody is signed in, unless the policy forbids it to everybody. */
export const isLogRead = (
  connection: StoredConnection,
  session: Session | undefined,
  policy: Policy | undefined,
): boolean | undefined => {
  if (session) return isWatched(connection, session)
  return withoutForbidden('patient/AuditEvent.rs', policy) === '' ? false : undefined
}

/**
 * Returns the new accesses that are announced, by the id of their connection. They stay when a session merely ends, because an
 * organization could otherwise take them back by ending it and naming another patient at the next sign-in. An access that another
 * connection to the same record announces, or that the patient had on screen there, counts once.
 */
export const announcedAccesses = (
  connections: readonly StoredConnection[],
  logs: Readonly<Record<string, StoredKnownLog>>,
  isRead: (connection: StoredConnection) => boolean | undefined,
): ReadonlyMap<string, NewAccesses> => {
  const announcing = connections
    .filter((connection) => isRead(connection) !== false)
    .toSorted((a, b) => Number(isRead(b) ?? false) - Number(isRead(a) ?? false))
  const announced = new Map<StoredConnection, StoredKnownLog>()
  for (const connection of announcing) {
    const log = logs[connection.id]
    if (!log) continue
    const isOther = (each: StoredConnection) => each !== connection && areOfOneRecord(each, connection)
    const known = {
      announced: [...announced].flatMap(([each, other]) => (isOther(each) ? other : [])),
      seen: ownersOf(connection, connections)
        .filter(isOther)
        .flatMap(({ id }) => logs[id] ?? []),
    }
    announced.set(connection, isRead(connection) ? log : withoutKnown(log, known))
  }
  return new Map(
    [...announced].flatMap(([{ id }, log]) => {
      const accesses = newAccessesOf(log)
      return accesses ? [[id, accesses] as const] : []
    }),
  )
}
