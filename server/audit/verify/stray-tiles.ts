import { type RawBuilder, sql } from 'kysely'
import { LARGEST_NUMBER } from '../entry/entry-limits.ts'
import { TILE_WIDTH } from '../tree/tiles.ts'
import { HASH } from '../tree/tree.ts'

/** Levels of tiles of the largest log. */
const LEVELS = Math.ceil(Math.log2(LARGEST_NUMBER) / Math.log2(TILE_WIDTH))

/**
 * Condition for rows of `audit_tile` that hold another number of hashes than the tree has there. Each part is a range of the primary key,
 * so a check of what was added reads only the tiles that were.
 *
 * @param from tiles that were full over so many entries are not looked at.
 */
export const strayTiles = (from: number): RawBuilder<unknown> => {
  const size = sql`(select coalesce(max("index"), -1) + 1 from audit_leaf)`
  const levels = Array.from({ length: LEVELS }, (_, level) => {
    const nodes = TILE_WIDTH ** level
    const first = Math.floor(from / nodes / TILE_WIDTH)
    // What the tree has from the tile's first hash on.
    const rest = sql`(${size} / ${sql.lit(nodes)} - "index" * ${sql.lit(TILE_WIDTH)})`
    // Only a full tile of leaves is stored.
    const least = level === 0 ? TILE_WIDTH : 1
    return sql`level = ${sql.lit(level)} and "index" < 0
      or level = ${sql.lit(level)} and "index" >= ${sql.lit(first)} and (${rest} < ${sql.lit(least)}
        or length(hashes) <> ${sql.lit(HASH)} * case when ${rest} > ${sql.lit(TILE_WIDTH)} then ${sql.lit(TILE_WIDTH)} else ${rest} end)`
  })
  return sql`level < 0 or level >= ${sql.lit(LEVELS)} or ${sql.join(levels, sql` or `)}`
}
