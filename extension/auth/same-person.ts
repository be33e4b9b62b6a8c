import { ProblemError } from '../messages/errors.ts'
import { items, type StoredConnection } from '../storage/items.ts'

type Connections = Record<string, StoredConnection>

/**
 * Stores a person's statement that two connections at different organizations are of one person, or are not. It is deleted with
 * the connections, and joins nothing if their names differ later.
 *
 * @throws ProblemError `unknown-connection`.
 */
export const saySamePerson = async (said: { one: string; other: string; same: boolean }): Promise<void> => {
  await items.connections.update((all) => {
    const [one, other] = [all[said.one], all[said.other]]
    if (!one || !other || one.launched || other.launched || one.providerId === other.providerId)
      throw new ProblemError('unknown-connection')
    return said.same ? join(all, one, other) : part(all, one, other)
  })
}

/** Joins two connections, and all those that either of them is already joined with. */
const join = (all: Connections, one: StoredConnection, other: StoredConnection): Connections => {
  const marks = [one.samePerson, other.samePerson].filter((mark) => mark !== undefined)
  const mark = marks[0] ?? crypto.randomUUID()
  const isTheirs = ({ id, samePerson }: StoredConnection) =>
    id === one.id || id === other.id || (samePerson !== undefined && marks.includes(samePerson))
  const theirs = new Set(
    Object.values(all)
      .filter(isTheirs)
      .map(({ id }) => id),
  )
  return each(all, (connection) =>
    theirs.has(connection.id)
      ? withApart({ ...connection, samePerson: mark }, (id) => !theirs.has(id))
      : connection,
  )
}

/** Marks two connections as different people. If they were joined, `other` leaves; the rest stay joined. */
const part = (all: Connections, one: StoredConnection, other: StoredConnection): Connections => {
  const { samePerson, ...rest } = other
  const left = samePerson === undefined || samePerson !== one.samePerson ? other : rest
  return { ...all, [other.id]: { ...left, apartFrom: [...new Set([...(left.apartFrom ?? []), one.id])] } }
}

const withApart = (
  { apartFrom, ...connection }: StoredConnection,
  keep: (id: string) => boolean,
): StoredConnection => {
  const kept = apartFrom?.filter(keep) ?? []
  return { ...connection, ...(kept.length > 0 && { apartFrom: kept }) }
}

const each = (all: Connections, change: (connection: StoredConnection) => StoredConnection): Connections =>
  Object.fromEntries(Object.entries(all).map(([id, connection]) => [id, change(connection)]))
