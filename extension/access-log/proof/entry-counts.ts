import type { Json } from '../../fhir/resource.ts'
import type { KnownPlace, StoredKnownLog } from '../../storage/stored-log.ts'
import { clockSlack, type EntryPlace } from './entry-order.ts'

/** What the pages of a list have shown so far, from its newest entry down. Each page passes it to the next one. */
export interface Shown {
  /** The place of the highest number that was known before the first page was read. It has to be listed again. */
  known: KnownPlace
  /** The highest number so far; 0 until an entry has a number. */
  top: number
  /** Numbers that were passed over. Entries that are dated before `due` come after them. */
  missing: [number: number, due: number][]
  /** The places of the lowest numbers so far, the lowest last: the neighbours of the entries on the next page. */
  tail: KnownPlace[]
  /**
   * Each entry that has no proof on these pages, 200 at most: the SHA-256 of its text, and the highest number that was proven when it
   * was listed. Its own number is higher, because it lies behind that entry in the tree.
   */
  waiting: { text: string; after: number }[]
  /** The entries that waited for their proof before the first page was read, and were on no page yet: they have to be listed again. */
  due: { id: string; recorded: number }[]
  /** The oldest date of an entry so far, proven or not; milliseconds since 1970. */
  oldest: number
  /** A page had only entries from after the known ones, with their numbers: the log began again, or somebody forged it. */
  isAnew?: true
  /** Numbers were passed over that the waiting entries may have. The next look tells, because they are below what is known then. */
  isUnsure?: true
}

interface CountFault {
  /** `malformed`: an entry about a patient without a number. */
  reason: 'gap' | 'duplicate' | 'malformed'
  /** The entry next to the gap, or the second of two with one number; absent if the page is empty. */
  event?: Json | undefined
}

/** The most numbers that are passed over at a time: more than an organization's processes log about one patient in a minute. */
const mostMissing = 200
const mostInTail = 64

/** The state with which a list begins, with what is known by then. */
export const beginShown = ({
  places: [highest] = [],
  waiting = [],
}: Partial<Pick<StoredKnownLog, 'places' | 'waiting'>> = {}): Shown => ({
  known: highest ?? [0, -1, 0],
  due: waiting.map(({ id, recorded }) => ({ id, recorded })),
  oldest: Number.MAX_SAFE_INTEGER,
  top: 0,
  missing: [],
  tail: [],
  waiting: [],
})

/**
 * Checks whether a list has not shown the entry with the highest number that was known. It may do so only if the log began again, which
 * its last page says.
 */
export const hasVanished = ({ known, top, isAnew }: Shown): boolean => top < known[0] || isAnew === true

/** Checks whether a list has come below the place of the entry with the highest number that was known. */
export const hasPassedKnown = ({ known, tail }: Shown): boolean =>
  tail.some(([, , recorded]) => recorded < known[2] - clockSlack)

/** Returns the numbers that were all on a page; undefined if there are none. */
export const rangeOf = ({
  top,
  missing,
  tail,
  isUnsure,
}: Shown): { from: number; to: number } | undefined => {
  if (isUnsure) return undefined
  const from = Math.max(tail.at(-1)?.[0] ?? 1, ...missing.map(([number]) => number + 1))
  return top >= from ? { from, to: top } : undefined
}

/**
 * Checks that a list leaves nothing out. Entries about a patient are numbered from 1 in the order of the log's tree, in which dates
 * do not go back by more than a minute, and lists are sorted by date. So a number that is passed over comes before every entry that
 * is dated a minute before the next lower number. A list may repeat entries: the pages of some organizations move while their log
 * grows.
 *
 * @param places the proven entries of the page.
 * @param shown with the entries of the page that are not proven yet.
 * @param last no page follows.
 */
export const checkCounts = (
  places: readonly EntryPlace[],
  shown: Shown,
  last: boolean,
): CountFault | Shown => {
  const sorted = places.toSorted((a, b) => (b.count ?? 0) - (a.count ?? 0))
  const indexes = new Map(shown.tail.map(([number, index]) => [number, index]))
  const missing = new Map(shown.missing)
  let { top } = shown
  let lowest = shown.tail.at(-1)?.[0] ?? 0
  const passOver = (from: number, to: number, due: number): boolean => {
    if (to - from > mostMissing + shown.waiting.length) return false
    for (let number = from; number < to; number++) missing.set(number, due)
    const open = [...missing.keys()]
    return open.length - mayBeWaiting(open, shown).length <= mostMissing
  }
  // A newer entry that is dated back may be on a later page. Those before it are above the pages that were read, for the next look.
  const highest = top === 0 ? Number.POSITIVE_INFINITY : Math.max(top, shown.isAnew ? 0 : shown.known[0])
  const newer = top === 0 ? [] : sorted.filter(({ count = 0 }) => count > top).toReversed()
  for (const place of [...newer, ...sorted.filter((each) => !newer.includes(each))]) {
    const { count: number = 0, index, recorded, event } = place
    if (number === 0) return { reason: 'malformed', event }
    if ((indexes.get(number) ?? index) !== index) return { reason: 'duplicate', event }
    indexes.set(number, index)
    if (missing.delete(number) || number > highest) continue
    if (top === 0) top = lowest = number
    // Numbers between newer entries may follow at any time.
    else if (
      number > top ? !passOver(top + 1, number, 0) : !passOver(number + 1, lowest, recorded - clockSlack)
    )
      return { reason: 'gap', event }
    top = Math.max(top, number)
    lowest = Math.min(lowest, number)
  }
  const oldest = Math.min(...places.map(({ recorded }) => recorded))
  const late = [...missing].flatMap(([number, due]) => (last || oldest < due ? number : []))
  const isUnsure = late.length > 0 && late.length === mayBeWaiting(late, shown).length
  if (late.length > 0 && !isUnsure) {
    const below = sorted.find(({ count = 0 }) => count < Math.min(...late))
    return { reason: 'gap', event: (below ?? sorted.at(-1))?.event }
  }
  if (last && hasVanished({ ...shown, top })) return { reason: 'gap', event: sorted[0]?.event }
  if (last && top > 0 && lowest > 1) return { reason: 'gap', event: sorted.at(-1)?.event }
  for (const number of late) missing.delete(number)
  const tail = lowestOf([...shown.tail, ...toKnownPlaces(sorted)])
  return { ...shown, top, missing: [...missing], tail, ...(isUnsure && { isUnsure }) }
}

/**
 * Returns those numbers that waiting entries may have, no two for one entry. None has a number that was known before the first page was
 * read, or one that is lower than a number that was proven when it waited.
 */
const mayBeWaiting = (numbers: readonly number[], { waiting, known, isAnew }: Shown): number[] => {
  const entries = waiting.map(({ after }) => after).sort((a, b) => a - b)
  const isAfterKnown = (number: number) => isAnew === true || number > known[0]
  return numbers
    .toSorted((a, b) => a - b)
    .filter((number) => {
      const isFree = isAfterKnown(number) && (entries[0] ?? number) < number
      if (isFree) entries.shift()
      return isFree
    })
}

export const toKnownPlaces = (places: readonly EntryPlace[]): KnownPlace[] =>
  places.map(({ count = 0, index, recorded }) => [count, index, recorded])

const lowestOf = (places: readonly KnownPlace[]): KnownPlace[] =>
  [...new Map(places.map((place) => [place[0], place])).values()].sort(([a], [b]) => b - a).slice(-mostInTail)
