import type { Json } from '../../fhir/resource.ts'
import { saysClockAccepted } from './log-signature.ts'

/** Where an entry lies in the log. */
export interface EntryPlace {
  /** Index in the log's tree, from 0. */
  index: number
  /** Milliseconds since 1970; `NaN` if the entry has no valid time. */
  recorded: number
  /** Its number among the entries about its patient; absent if entries of several patients are listed together. */
  count?: number | undefined
  /** Absent for an entry that is remembered from an earlier look. */
  event?: Json
}

interface OrderFault {
  /** `reordered`: the entry's number contradicts its place. `misdated`: its date does. */
  reason: 'reordered' | 'misdated'
  event?: Json | undefined
}

/**
 * Milliseconds by which a date may be earlier than the one before it, because processes have separate clocks and concurrent
 * entries take places in either order.
 */
export const clockSlack = 60_000

/**
 * Finds an entry that was appended later with an old number or date. Numbers and dates grow with places, so such an entry
 * contradicts its neighbours, whether they are on the page or remembered. An entry that says that the clock was set back must be signed
 * (`check-log`).
 */
export const checkOrder = (places: readonly EntryPlace[], now: number): OrderFault | undefined => {
  let before: EntryPlace | undefined
  let newest: EntryPlace | undefined
  for (const place of places.toSorted((a, b) => a.index - b.index)) {
    // The same entry, both remembered and on the page.
    if (place.index === before?.index) continue
    if (place.count !== undefined && before?.count !== undefined && place.count <= before.count)
      return { reason: 'reordered', event: place.event ?? before.event }
    if (place.event && saysClockAccepted(place.event)) newest = undefined
    // `!(a >= b)`, so that `NaN` is a fault too.
    if (!(place.recorded >= (newest?.recorded ?? Number.NEGATIVE_INFINITY) - clockSlack))
      return { reason: 'misdated', event: (newest && newest.recorded > now ? newest : place).event }
    before = place
    if (!newest || place.recorded > newest.recorded) newest = place
  }
  return undefined
}
