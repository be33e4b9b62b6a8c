import type { Query } from '../../query/query.ts'
import type { Position } from '../source.ts'

/** The most matches that are counted if no total was requested. */
export const MOST_UNREQUESTED = 10_000

/**
 * Returns the total of a search, which is counted once, with the first page. If it was not requested, counts up to 10,000; above
 * that no total is given.
 *
 * @param knownTotal number of matches, if the first page holds them all.
 * @param counted counts the matches, up to `most`.
 */
export const totalOf = async (
  { count, total }: Query,
  after: Position | undefined,
  knownTotal: number | undefined,
  countMatches: (most?: number) => Promise<number>,
): Promise<number | undefined> => {
  if (count === 0) return countMatches()
  if (after !== undefined || total === 'none') return undefined
  if (knownTotal !== undefined) return knownTotal
  if (total === 'accurate') return countMatches()
  const upTo = await countMatches(MOST_UNREQUESTED + 1)
  return upTo > MOST_UNREQUESTED ? undefined : upTo
}
