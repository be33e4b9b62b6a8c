import { forget } from '../storage/forget.ts'
import { items, type StoredConnection } from '../storage/items.ts'

type Person = Omit<StoredConnection, 'id'>

/** Signing in again, as the same person for the same patient, continues the connection. */
export const connectionIdFor = async (person: Person): Promise<string> =>
  Object.values(await items.connections.get()).find((known) => isSame(known, person))?.id ??
  crypto.randomUUID()

/**
 * Runs `signIn` while the connection is there, so that whoever ends what was allowed finds it. Where it fails, the connection goes
 * unless it was there before; no other is touched. What is said of it elsewhere meanwhile stays: nothing is written that was read
 * earlier. To be called under the lock of its session.
 */
export const withConnection = async <T>(id: string, person: Person, signIn: () => Promise<T>): Promise<T> => {
  await items.connections.change(id, (known) => ({
    ...(known ?? { id, ...person, beginning: true }),
    person: person.person,
  }))
  const value = await signIn().catch(async (error) => {
    if ((await items.connections.find(id))?.beginning) await forget('connection', [id])
    throw error
  })
  await items.connections.change(id, (known) => known && begun(known))
  return value
}

/** A sign-in that the worker did not live to end leaves nobody's name. To be called when the worker starts. */
export const forgetUnbegun = async (): Promise<void> => {
  const sessions = await items.sessions.get()
  for (const { id, beginning } of Object.values(await items.connections.get()))
    if (beginning && !Object.hasOwn(sessions, id)) await forget('connection', [id])
    else if (beginning) await items.connections.change(id, (known) => known && begun(known))
}

const begun = ({ beginning: _ended, endedBy: _over, ...connection }: StoredConnection): StoredConnection =>
  connection

const isSame = (a: Person, b: Person): boolean =>
  !a.launched &&
  !b.launched &&
  (['providerId', 'issuer', 'fhirBase', 'subject', 'patientId'] as const).every((part) => a[part] === b[part])
