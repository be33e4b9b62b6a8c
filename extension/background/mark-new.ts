import type { RecordEntry, RecordList } from '../messages/record-lists.ts'

/** How long a look lasts, in milliseconds: whoever opens the list again within this time still sees its marks. */
const LOOK = 3_600_000

/**
 * Marks the entries that the copy of a list did not hold. Nothing is marked where the lists cannot be compared: there is no copy, one of
 * them is not whole, or the grant was another.
 */
export const markNew = (list: RecordList, before: RecordList | undefined): RecordList => {
  if (!before || !isWhole(before) || list.limited !== before.limited) return list
  const { entries, lookBegan } = withoutPast(before, list.readAt)
  const known = new Map(entries.map((entry) => [keyOf(entry), entry.newSince]))
  const isShown = list.entries.every((entry) => known.has(keyOf(entry)))
  return {
    ...list,
    ...(isShown && lookBegan !== undefined && { lookBegan }),
    entries: list.entries.map((entry) => {
      const newSince = known.has(keyOf(entry)) ? known.get(keyOf(entry)) : before.readAt
      return newSince === undefined ? entry : { ...entry, newSince }
    }),
  }
}

/** Begins a look at a list that has come on screen, unless one lasts. */
export const beginLook = (list: RecordList, now: number): RecordList => ({
  lookBegan: now,
  ...withoutPast(list, now),
})

/** Removes a look that is over, and its marks; one in the future began by a clock that was ahead. */
const withoutPast = (list: RecordList, now: number): RecordList => {
  const { lookBegan = now, ...rest } = list
  if (now >= lookBegan && now < lookBegan + LOOK) return list
  return { ...rest, entries: rest.entries.map(({ newSince: _, ...entry }) => entry) }
}

/** Results that only a report names are missing where an organization did not add them. */
const isWhole = ({ cut, omitted, warning, missingResults }: RecordList): boolean =>
  !cut && !omitted && !warning && !missingResults

const keyOf = ({ type, id }: RecordEntry): string => `${type} ${id}`
