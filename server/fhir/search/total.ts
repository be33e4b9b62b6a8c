import type { Query } from '../../query/query.ts'
import type { Position } from '../source.ts'

/** As many matches as are counted without being asked to. */
export const CHEAPLY_COUNTED = 10_000

/**
 * The total of a search: counted once, with its first page. Where nobody asked, up to a number that costs little, and
 * beyond it there is none.
 *
 * @param known all matches, where the first page holds them.
 * @param counted counts them, up to `most`.
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
