import type { Offer } from '../../pages/sign-in/offer-words.ts'

/** Examples of what offers let be read: for each, the names of all offers that do (`grants/readable-by.ts`). */
type Examples = readonly ReadonlySet<string>[]

/**
 * Marks the offers that give nothing beside all others: granted with those anyway, they can only be chosen instead. Each is a part of the
 * narrowest offer that includes it. One that only several others include together is shown as a part of the first of these.
 */
export const markParts = (offers: readonly Offer[], examples: Examples): Offer[] => {
  const names = offers.map(({ name }) => name)
  const widthOf = new Map(names.map((name) => [name, examples.filter((each) => each.has(name)).length]))
  // Of two that give the same, the first is the whole.
  const fromNarrowest = names.toReversed().sort((a, b) => (widthOf.get(a) ?? 0) - (widthOf.get(b) ?? 0))
  const boxes = new Set(names)
  for (const name of fromNarrowest)
    if (isGiven(name, new Set([...boxes].filter((box) => box !== name)), examples)) boxes.delete(name)
  const wholeOf = (part: string) =>
    fromNarrowest
      .slice(fromNarrowest.indexOf(part) + 1)
      .find((whole) => isGiven(part, new Set([whole]), examples)) ??
    [...boxes].find((box) => examples.some((each) => each.has(part) && each.has(box)))
  return offers.map((offer) => {
    const partOf = boxes.has(offer.name) ? undefined : wholeOf(offer.name)
    return partOf === undefined ? offer : { ...offer, partOf }
  })
}

/** Returns the offers that are granted when these are ticked: these, and all that give nothing beside them. */
export const withParts = (ticked: ReadonlySet<string>, examples: Examples): ReadonlySet<string> => {
  const names = new Set(examples.flatMap((each) => [...each]))
  return new Set([...ticked, ...[...names].filter((name) => isGiven(name, ticked, examples))])
}

/** Checks whether all that an offer lets be read can be read with others. */
const isGiven = (name: string, others: ReadonlySet<string>, examples: Examples): boolean => {
  const own = examples.filter((each) => each.has(name))
  return own.length > 0 && own.every((each) => [...each].some((giver) => others.has(giver)))
}
