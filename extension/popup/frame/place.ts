import { useEffect, useRef, useState } from 'preact/hooks'
import { ask } from '../../messages/ask.ts'
import type { Connection, PopupPlace, State } from '../../messages/state.ts'
import { connectionsOf } from '../../record/person.ts'
import { personName } from '../../ui/words/outside-words.ts'
import { listed } from '../../ui/words/words.ts'

const TYPING_PAUSE = 250

/**
 * Returns this page's place, at first the one where the popup was last. The worker keeps it in memory, never on disk. Another page that
 * is open, such as the one at the side, changes the worker's copy, but not where this page is.
 */
export const usePlace = (
  state: State | undefined,
): [PopupPlace | undefined, (change: PopupPlace) => void] => {
  const [localPlace, go] = useState<PopupPlace>()
  // Dropped while locked: after unlocking, the worker's copy is used.
  const isLocked = state?.lock?.locked === true
  useEffect(() => {
    if (isLocked) go(undefined)
  }, [isLocked])
  const first = useRef<PopupPlace | undefined>(undefined)
  first.current = isLocked ? undefined : (first.current ?? state?.place)

  const previous = useRef<PopupPlace | undefined>(undefined)
  useEffect(() => {
    if (!localPlace) return
    const send = () => {
      ask('remember-place', { place: localPlace }).catch(() => undefined)
    }
    const isTyping = localPlace.typed !== previous.current?.typed
    previous.current = localPlace
    // Only typing waits for more of it, so that a patient who is opened and left right away counts as opened.
    if (!isTyping) return send()
    const timer = setTimeout(send, TYPING_PAUSE)
    return () => clearTimeout(timer)
  }, [localPlace])

  const place = localPlace ?? first.current ?? state?.place
  useEffect(() => {
    previous.current ??= place
  }, [place])
  const isOver = state !== undefined && place !== undefined && !isLocked && isSignedOut(state, place)
  useEffect(() => {
    if (!isOver) return
    first.current = undefined
    go({ home: true, ...(place.awaiting && { awaiting: place.awaiting }) })
  }, [isOver])
  return [place, go]
}

/**
 * Checks whether the person signed out of the place's connection, on any page, so that this one forgets what was open and typed there. What
 * ended by itself may go on after the next sign-in.
 */
export const isSignedOut = ({ connections }: State, { connectionId }: PopupPlace): boolean =>
  connectionId !== undefined &&
  !connections.some(({ id, signedIn, endedBy }) => id === connectionId && (signedIn || endedBy))

/**
 * Returns the connection to show, or undefined for the list of organizations. After the open connection has ended, the list is
 * shown, because the person chooses whose record opens next.
 */
export const connectionAt = (state: State, place: PopupPlace): Connection | undefined => {
  const signedIn = state.connections.filter((connection) => connection.signedIn)
  const newConnection = awaitedConnection(state, place)
  if (newConnection) return newConnection
  if (place.home) return undefined
  if (place.connectionId === undefined) return signedIn[0]
  return signedIn.find((connection) => connection.id === place.connectionId)
}

/** Returns the connection of a sign-in that the popup awaited, also if it continues an earlier one. */
export const awaitedConnection = ({ connections }: State, { awaiting }: PopupPlace): Connection | undefined =>
  awaiting &&
  connections.find(
    ({ signedIn, signedInAt = 0, providerId }) =>
      signedIn && providerId === awaiting.providerId && signedInAt >= awaiting.since,
  )

/** Returns the place of an open connection; of the same one, it keeps what was typed. */
export const placeOf = (
  { id }: Connection,
  { awaiting: _over, home: _left, ...place }: PopupPlace,
): PopupPlace => (place.connectionId === id ? place : { connectionId: id })

/** Returns the signed-in connections whose terms are on screen: those of the person whose record is open, or all in the list. */
export const connectionsOnScreen = (state: State, place: PopupPlace): Connection[] => {
  const open = connectionAt(state, place)
  return open ? connectionsOf(state.connections, open) : state.connections.filter(({ signedIn }) => signedIn)
}

/** Names the people who are signed in besides `ended`, each with their organization; undefined if there are none. */
export const stillSignedIn = (connections: Connection[], ended: Connection[]): string | undefined => {
  const others = connections.filter((one) => one.signedIn && !ended.some(({ id }) => id === one.id))
  return others.length === 0
    ? undefined
    : listed(
        others.map(
          ({ person, patient, providerName }) =>
            `${personName(patient?.name ?? person.name)} (${providerName})`,
        ),
      )
}

export const awaitSignIn = (providerId: string, place: PopupPlace): PopupPlace => ({
  ...place,
  awaiting: { providerId, since: Date.now() },
})
