import { type Json, object, objects } from '../fhir/resource.ts'

/** Where an entry lies in the log. */
export interface Place {
  /** In the tree, from 0. */
  index: number
  /** Milliseconds since 1970; `NaN` where the entry bears no time. */
  recorded: number
  /** Its number among the entries about its patient; absent where numbers of several patients are listed together. */
  count?: number | undefined
  /** Absent for an entry that is only remembered. */
  event?: Json
}

interface OrderFault {
  /** `reordered`: its number is not that of its place. `misdated`: so is not its date. */
  reason: 'reordered' | 'misdated'
  event?: Json | undefined
}

/** Processes of one organization have clocks of their own, and what is written at once may take its places in either order. */
const slack = 60_000

/**
 * A log gives places and numbers in one order, and writes in the order of time. So an entry that is appended today under an
 * old number or an old date stands out against those that lie around it, on the page or in what is remembered.
 */
export const checkOrder = (places: readonly Place[], now: number): OrderFault | undefined => {
  let before: Place | undefined
  let newest: Place | undefined
  for (const place of places.toSorted((a, b) => a.index - b.index)) {
    // The same leaf, remembered and shown.
    if (place.index === before?.index) continue
    if (place.count !== undefined && before?.count !== undefined && place.count <= before.count)
      return { reason: 'reordered', event: place.event ?? before.event }
    if (place.event && saysClockAccepted(place.event)) newest = undefined
    // `!(a >= b)`, so that a time that is none is a fault.
    if (!(place.recorded >= (newest?.recorded ?? Number.NEGATIVE_INFINITY) - slack))
      return { reason: 'misdated', event: (newest && newest.recorded > now ? newest : place).event }
    before = place
    if (!newest || place.recorded > newest.recorded) newest = place
  }
  return undefined
}

/** The operator set the log's clock back on purpose. The entry is about nobody, so it stands in no person's own list. */
const saysClockAccepted = ({ subtype, entity }: Json): boolean =>
  objects(subtype).some(({ system, code }) => system === 'urn:carekey:access-kind' && code === 'clock') &&
  objects(entity)
    .flatMap(({ detail }) => objects(detail))
    .some((detail) => object(detail).valueString === 'clock_accepted')
