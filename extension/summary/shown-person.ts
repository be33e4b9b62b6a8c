import { useLayoutEffect, useState } from 'preact/hooks'
import type { Connection, State } from '../messages/state.ts'
import { connectionsOf, leftOutOf, personOf } from '../record/person.ts'

type PageHistory = Pick<History, 'state' | 'replaceState'>

interface ShownPerson {
  /** Those whose record the tab may show, by one connection each, for the person to choose from. */
  people: Connection[]
  /** The signed-in connections of the one who is shown; none if that one is signed out, or nobody is signed in. */
  connections: Connection[]
  /** Those of the same person that are not shown. */
  leftOut: Connection[]
  /** The connections of an earlier moment, whose person is signed out now. */
  ended?: string[]
  choose: (connectionId: string) => void
}

/** Whose record a tab shows. Kept across reloads, because browsers also reload a tab that nobody has looked at for a while. */
export const useShownPerson = (state: State): ShownPerson => {
  const [kept, keep] = useState(() => keptConnections(history))
  const people = peopleOf(state)
  const one = kept ? shownConnection(state.connections, kept) : people[0]
  const connections = one ? connectionsOf(state.connections, one) : []
  const leftOut = one ? leftOutOf(state.connections, one) : []
  const ids = connections.map(({ id }) => id)
  // Before the browser draws, so that no later state can come in between.
  useLayoutEffect(() => {
    if (ids.length === 0) return
    keepConnections(ids, history)
    keep(ids)
  }, [ids.join('\n')])
  return { people, connections, leftOut, ...(kept && !one && { ended: kept }), choose: (id) => keep([id]) }
}

/**
 * Returns a signed-in connection of the person that a tab showed last. A tab belongs to the person it was opened for: once that
 * one is signed out it shows nobody, whoever signs in next.
 */
export const shownConnection = (
  connections: Connection[],
  kept: readonly string[],
): Connection | undefined => {
  const own = patientsOf(connections)
  return kept.flatMap((id) => own.find((each) => each.id === id) ?? [])[0]
}

/** Ids are random and identify nobody; a name would stay after its connection is removed. */
export const keepConnections = (connectionIds: string[], history: PageHistory): void =>
  history.replaceState({ connectionIds }, '')

export const keptConnections = (history: PageHistory): string[] | undefined => {
  const { connectionIds } = (history.state ?? {}) as { connectionIds?: string[] }
  return connectionIds
}

const patientsOf = (connections: Connection[]): Connection[] =>
  connections.filter(({ signedIn, patient }) => signedIn && patient)

/** Returns one connection of each person, the one that was open in the popup first. */
const peopleOf = ({ connections, place }: State): Connection[] => {
  const own = patientsOf(connections)
  const first = own.find(({ id }) => id === place.connectionId)
  const ownConnections = first ? [first, ...own] : own
  const people = ownConnections.map(personOf)
  return ownConnections.filter((each, at) => people.indexOf(personOf(each)) === at)
}
