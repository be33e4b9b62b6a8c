import type { Place } from '../messages/state.ts'
import { items } from '../storage/items.ts'

/**
 * Keeps where the popup is, unless nobody is signed in there any more: a page tells it a moment later than it happened. Signing out
 * deletes the session before the place, so that one of the two finds what the other left.
 */
export const rememberPlace = async (place: Place): Promise<void> => {
  await items.place.set(place)
  const { connectionId } = place
  if (connectionId === undefined || Object.hasOwn(await items.sessions.get(), connectionId)) return
  await items.place.update((kept) => (kept.connectionId === connectionId ? {} : kept))
}
