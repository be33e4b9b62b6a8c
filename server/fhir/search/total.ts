import type { Query } from '../../query/query.ts'
import type { Position } from '../access/source.ts'

/** The most matches that are counted if no total was requested. */
export const MOST_UNREQUESTED = 10_000

/** Returns how many matches of a page's search are counted: none, up to 10,000 if no total was requested, or all. */
export const mostCounted = ({ count, total }: Query, isFirst: boolean): number => {
  if (count === 0) return Number.POSITIVE_INFINITY
  if (!isFirst || total === 'none') return 0
  return total === 'accurate' ? Number.POSITIVE_INFINITY : MOST_UNREQUESTED
}

/**
 * Returns the total of a search, which is counted once, with the first page. There is none above the number that is counted.
 *
 * @param knownTotal number of matches, if the first page holds them all.
 * @param countMatches counts the matches, up to `most`.
 */
export const totalOf = async (
  query: Query,
  after: Position | undefined,
  knownTotal: number | undefined,
  countMatches: (most?: number) => Promise<number>,
): Promise<number | undefined> => {
  const most = mostCounted(query, after === undefined)
  if (most === 0) return undefined
  if (query.count > 0 && knownTotal !== undefined) return knownTotal
  if (most === Number.POSITIVE_INFINITY) return countMatches()
  const upTo = await countMatches(most + 1)
  return upTo > most ? undefined : upTo
}
