import { useEffect, useState } from 'preact/hooks'
import { ask } from '../messages/ask.ts'
import type { Connection, Place, State } from '../messages/state.ts'

const PAUSE = 250

/** Where the popup is: at first where it was when it closed. The worker keeps it in memory, never on disk. */
export const usePlace = (state: State | undefined): [Place | undefined, (change: Place) => void] => {
  const [moved, go] = useState<Place>()
  // What the worker kept comes back when the lock is opened.
  const isLocked = state?.lock?.locked === true
  useEffect(() => {
    if (isLocked) go(undefined)
  }, [isLocked])

  useEffect(() => {
    if (!moved) return
    // Typing is sent when it rests; that there is nothing left to keep, at once.
    const pause = moved.typed ? PAUSE : 0
    const send = setTimeout(() => ask('remember-place', { place: moved }).catch(() => undefined), pause)
    return () => clearTimeout(send)
  }, [moved])

  return [moved ?? state?.place, go]
}

/** The connection to show; undefined is the list of organizations. */
export const connectionAt = (state: State, place: Place): Connection | undefined => {
  const signedIn = state.connections.filter((connection) => connection.signedIn)
  const { awaiting } = place
  const arrived =
    awaiting &&
    signedIn.find((each) => each.providerId === awaiting.providerId && !awaiting.known.includes(each.id))
  if (arrived) return arrived
  if (place.home) return undefined
  return signedIn.find((connection) => connection.id === place.connectionId) ?? signedIn[0]
}

export const awaitSignIn = (state: State, providerId: string, place: Place): Place => ({
  ...place,
  awaiting: {
    providerId,
    known: state.connections.filter((connection) => connection.signedIn).map((connection) => connection.id),
  },
})
