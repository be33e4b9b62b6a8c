import type { Query } from '../../query/query.ts'
import type { Position } from '../source.ts'

/** The most matches that are counted if no total was requested. */
export const CHEAPLY_COUNTED = 10_000

/**
 * Returns the total of a search, which is counted once, with the first page. If it was not requested, counts up to 10,000; above
 * that no total is given.
 *
 * @param known number of matches, if the first page holds them all.
 * @param counted counts the matches, up to `most`.
 */
export const totalOf = async (
  { count, total }: Query,
  after: Position | undefined,
  known: number | undefined,
  counted: (most?: number) => Promise<number>,
): Promise<number | undefined> => {
  if (count === 0) return counted()
  if (after !== undefined || total === 'none') return undefined
  if (known !== undefined) return known
  if (total === 'accurate') return counted()
  const upTo = await counted(CHEAPLY_COUNTED + 1)
  return upTo > CHEAPLY_COUNTED ? undefined : upTo
}
