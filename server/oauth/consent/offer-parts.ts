import { isDeepStrictEqual } from 'node:util'
import type { SmartScope } from '../../grants/scopes.ts'
import type { Offer } from '../../pages/offer-words.ts'
import type { Claim, ClaimedCode, ClaimedDate } from '../../query/claim.ts'

/**
 * Marks the offers that another one includes: granted with that one anyway, they can only be chosen instead of it. Each is a part of
 * the narrowest offer that includes it. Offers that only overlap stay apart, and so do two that begin or end on different days.
 *
 * @param scopesOf the scopes that an offer grants, by its name.
 */
export const markParts = (
  offers: readonly Offer[],
  scopesOf: ReadonlyMap<string, readonly SmartScope[]>,
): Offer[] => {
  const includesAll = (whole: Offer, part: Offer) =>
    (scopesOf.get(part.name) ?? []).every((narrow) =>
      (scopesOf.get(whole.name) ?? []).some((wide) => includes(wide, narrow)),
    )
  const wholesOf = offers.map((part, at) =>
    offers.flatMap((whole, other) =>
      // Of two that grant the same, the first is the whole.
      other !== at && includesAll(whole, part) && (other < at || !includesAll(part, whole)) ? other : [],
    ),
  )
  const depthOf = (at: number) => wholesOf[at]?.length ?? 0
  return offers.map((offer, at) => {
    const [narrowest] = (wholesOf[at] ?? []).toSorted((a, b) => depthOf(b) - depthOf(a))
    const partOf = narrowest === undefined ? undefined : offers[narrowest]?.name
    return partOf === undefined ? offer : { ...offer, partOf }
  })
}

/** Returns the offers that are granted when these are ticked: these, and the parts of them. */
export const withParts = (offers: readonly Offer[], ticked: ReadonlySet<string>): ReadonlySet<string> => {
  const isGranted = (name: string): boolean => {
    const whole = offers.find((offer) => offer.name === name)?.partOf
    return ticked.has(name) || (whole !== undefined && isGranted(whole))
  }
  return new Set([...ticked, ...offers.map(({ name }) => name).filter(isGranted)])
}

/** Checks whether every resource that one scope reaches is reached by the other, for the same person and by the same actions. */
const includes = (wide: SmartScope, narrow: SmartScope): boolean =>
  // What a person may read includes the one patient whom they picked.
  (wide.context === narrow.context || wide.context === 'user') &&
  (wide.type === '*' || wide.type === narrow.type) &&
  [...narrow.actions].every((action) => wide.actions.includes(action)) &&
  claimsOf(wide).every((claim) => claimsOf(narrow).some((each) => isWithin(each, claim)))

/** Returns what limits a scope. A resource must match all of it. */
const claimsOf = ({ constraint }: SmartScope): readonly Claim[] => constraint?.claims ?? []

const isWithin = (narrow: Claim, wide: Claim): boolean =>
  narrow.about === wide.about && narrow.any.every((each) => wide.any.some((value) => allows(value, each)))

/** A code of any list allows that of one list. */
const allows = (wide: ClaimedCode | ClaimedDate, narrow: ClaimedCode | ClaimedDate): boolean =>
  isDeepStrictEqual(wide, narrow) ||
  ('code' in wide && 'code' in narrow && wide.system === undefined && wide.code === narrow.code)
