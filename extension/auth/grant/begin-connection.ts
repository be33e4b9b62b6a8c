import { forget } from '../../storage/forget.ts'
import { items, type Session, type StoredConnection } from '../../storage/items.ts'

type NewConnection = Omit<StoredConnection, 'id'>

/** Returns the ID of the connection of the same person and patient, so that signing in again continues it; otherwise a new ID. */
export const connectionIdFor = async (person: NewConnection): Promise<string> =>
  Object.values(await items.connections.get()).find((connection) => isSamePerson(connection, person))?.id ??
  crypto.randomUUID()

/**
 * Stores the connection, then runs `signIn`, so that signing out meanwhile finds the connection. If `signIn` fails, deletes the
 * connection unless it existed before. Never writes back a value that was read before a wait, so that concurrent changes to the
 * connection stay. A connection to a record keeps its first `fhirUser`: with another, somebody else's accesses would count as the person's. Call under the session's lock.
 */
export const withConnection = async <T>(
  id: string,
  person: NewConnection,
  signIn: () => Promise<T>,
): Promise<T> => {
  await items.connections.change(id, (stored) => ({
    ...(stored ?? { id, ...person, beginning: true }),
    person: person.person,
    ...(stored?.patientId === undefined && person.fhirUser !== undefined && { fhirUser: person.fhirUser }),
  }))
  const value = await signIn().catch(async (error) => {
    if ((await items.connections.find(id))?.beginning) await forget('connection', [id])
    throw error
  })
  await items.connections.change(id, (stored) => stored && withoutBeginning(stored))
  return value
}

/** Notes when a visit ends at the organization; a session that is over, or that outlives the browser, leaves no note. */
export const noteVisit = (connectionId: string, session?: Session): Promise<unknown> =>
  items.connections.change(connectionId, (stored) => {
    const visitEndsAt = session?.staysConnected ? undefined : session?.endsAt
    if (!stored || stored.visitEndsAt === visitEndsAt) return stored
    const { visitEndsAt: _former, ...connection } = stored
    return visitEndsAt === undefined ? connection : { ...connection, visitEndsAt }
  })

/**
 * Deletes connections whose sign-in the worker did not complete before it ended, because no name may stay; keeps those that have
 * a session. Call when the worker starts.
 */
export const forgetIncomplete = async (): Promise<void> => {
  const sessions = await items.sessions.get()
  for (const { id, beginning } of Object.values(await items.connections.get()))
    if (beginning && !Object.hasOwn(sessions, id)) await forget('connection', [id])
    else if (beginning) await items.connections.change(id, (stored) => stored && withoutBeginning(stored))
}

const withoutBeginning = ({
  beginning: _ended,
  endedBy: _over,
  endedAt: _when,
  ...connection
}: StoredConnection): StoredConnection => connection

/** Checks whether a connection cannot be told from another person's: the issuer named neither a person nor a patient. */
export const isUnnamed = ({ launched, subject, patientId }: NewConnection): boolean =>
  !launched && subject === '' && patientId === undefined

/** Checks whether an issuer names the same person for both, whichever patient they are about. */
export const isByOnePerson = (a: NewConnection, b: NewConnection): boolean =>
  a.subject !== '' &&
  (['providerId', 'issuer', 'fhirBase', 'subject'] as const).every((part) => a[part] === b[part])

const isSamePerson = (a: NewConnection, b: NewConnection): boolean =>
  !isUnnamed(a) &&
  !a.launched &&
  !b.launched &&
  (['providerId', 'issuer', 'fhirBase', 'subject', 'patientId'] as const).every((part) => a[part] === b[part])
