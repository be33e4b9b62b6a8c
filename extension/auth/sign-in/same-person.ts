import { ProblemError } from '../../messages/errors.ts'
import { items, type StoredConnection } from '../../storage/items.ts'

type Connections = Record<string, StoredConnection>

/**
 * Stores a person's statement that two connections at different organizations are of one person, or are not. It is deleted with
 * the connections, and joins nothing if their names differ later.
 *
 * @throws ProblemError `unknown-connection`.
 */
export const saySamePerson = async (statement: {
  one: string
  other: string
  same: boolean
}): Promise<void> => {
  await items.connections.update((all) => {
    const [one, other] = [all[statement.one], all[statement.other]]
    if (!one || !other || one.launched || other.launched || one.providerId === other.providerId)
      throw new ProblemError('unknown-connection')
    return statement.same ? join(all, one, other) : separate(all, one, other)
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
  return mapConnections(all, (connection) =>
    theirs.has(connection.id)
      ? filterApartFrom({ ...connection, samePerson: mark }, (id) => !theirs.has(id))
      : connection,
  )
}

/** Marks two connections as different people. If they were joined, `other` leaves the group; the rest stay joined. */
const separate = (all: Connections, one: StoredConnection, other: StoredConnection): Connections => {
  const { samePerson, ...rest } = other
  const separated = samePerson === undefined || samePerson !== one.samePerson ? other : rest
  return {
    ...all,
    [other.id]: { ...separated, apartFrom: [...new Set([...(separated.apartFrom ?? []), one.id])] },
  }
}

const filterApartFrom = (
  { apartFrom, ...connection }: StoredConnection,
  keep: (id: string) => boolean,
): StoredConnection => {
  const otherPeople = apartFrom?.filter(keep) ?? []
  return { ...connection, ...(otherPeople.length > 0 && { apartFrom: otherPeople }) }
}

const mapConnections = (
  all: Connections,
  change: (connection: StoredConnection) => StoredConnection,
): Connections => Object.fromEntries(Object.entries(all).map(([id, connection]) => [id, change(connection)]))
