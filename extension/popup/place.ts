import { useCallback, useEffect, useState } from 'preact/hooks'
import browser from 'webextension-polyfill'
import type { Connection, Patient, PatientQuery, State } from '../messages/protocol.ts'

/** Where a person was in the popup, and what they had typed, so that one that closed opens there again. */
export interface Place {
  connectionId?: string
  /** The list of organizations, although somebody is signed in. */
  home?: boolean
  /** A sign-in began; `known` were signed in before it. */
  awaiting?: { providerId: string; known: string[] }
  /** A patient opened from the search. */
  patient?: Patient
  typed?: PatientQuery
  /** The query whose answer was on screen. */
  asked?: PatientQuery
}

const KEY = 'popup.place'
const PAUSE = 250

/** Held in memory by the browser, never on disk: what is typed may be a name. */
export const usePlace = (): [Place | undefined, (change: Place) => void] => {
  const [place, setPlace] = useState<Place>()

  useEffect(() => {
    browser.storage.session.get(KEY).then(
      (stored) => setPlace((stored[KEY] as Place | undefined) ?? {}),
      () => setPlace({}),
    )
  }, [])

  useEffect(() => {
    if (!place) return
    // Typing is written when it rests; that there is nothing left to keep, at once.
    const pause = place.typed ? PAUSE : 0
    const write = setTimeout(() => browser.storage.session.set({ [KEY]: place }), pause)
    return () => clearTimeout(write)
  }, [place])

  return [place, useCallback((change: Place) => setPlace(change), [])]
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
