import type { RecordEntry, RecordList } from '../messages/record-lists.ts'

/** How long a look lasts, in milliseconds: whoever opens the list again within this time still sees its marks. */
const LOOK = 3_600_000

/**
 * Marks the entries that a list did not hold at the look before, which is kept as its copy. Nothing is marked where the lists cannot be
 * compared: there is no copy, one of them is not whole, or the grant was another.
 */
export const markNew = (list: RecordList, before: RecordList | undefined): RecordList => {
  if (!before || !isWhole(before) || list.limited !== before.limited) return list
  const { lookBegan = Number.NEGATIVE_INFINITY } = before
  const isSameLook = list.readAt - lookBegan < LOOK
  const known = new Map(
    before.entries.map((entry) => [keyOf(entry), isSameLook ? entry.newSince : undefined]),
  )
  return {
    ...list,
    lookBegan: isSameLook ? lookBegan : list.readAt,
    entries: list.entries.map((entry) => {
      const newSince = known.has(keyOf(entry)) ? known.get(keyOf(entry)) : before.readAt
      return newSince === undefined ? entry : { ...entry, newSince }
    }),
  }
}

/** Results that only a report names are missing where an organization did not add them. */
const isWhole = ({ cut, omitted, warning, missingResults }: RecordList): boolean =>
  !cut && !omitted && !warning && !missingResults

const keyOf = ({ type, id }: RecordEntry): string => `${type} ${id}`
