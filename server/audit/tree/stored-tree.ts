import type { Db } from '../../store/schema.ts'
import { compileOnce } from '../../store/statements/compile-once.ts'
import { type GrowingTree, growingTree } from './growing-tree.ts'
import { inTile, leavesOf, splitHashes, TILE_WIDTH, type Tile, type TileId, tileOf } from './tiles.ts'
import {
  consistencyPath,
  HASH,
  inclusionPath,
  joinSubtrees,
  type NodeId,
  type Subtrees,
  subtreesOf,
} from './tree.ts'

/** The tree as the database keeps it: leaves in `audit_leaf`, and their hashes again in tiles (`tiles.ts`). */

export const treeSize = async (db: Db): Promise<number> => {
  const [last] = await findLastLeaf(db, {})
  return last === undefined ? 0 : last.index + 1
}

const findLastLeaf = compileOnce((db, _none: object) =>
  db.selectFrom('audit_leaf').select('index').orderBy('index', 'desc').limit(1),
)

/** @throws MissingNode */
export const rootAt = async (db: Db, size: number): Promise<Uint8Array> =>
  joinSubtrees(await hashesOf(db, subtreesOf(size)))

/** Whether the tree begins with the leaves of this one. @throws an error of the database, which says nothing about the tree. */
export const containsTree = async (
  db: Db,
  { size, root }: { readonly size: number; readonly root: Uint8Array },
): Promise<boolean> => {
  try {
    return Buffer.from(await rootAt(db, size)).equals(root)
  } catch (error) {
    if (error instanceof MissingNode) return false
    throw error
  }
}

/** @throws MissingNode */
export const loadTree = async (db: Db, size: number): Promise<GrowingTree> =>
  growingTree(size, await hashesOf(db, subtreesOf(size)))

/** RFC 9162 section 2.1.4. @param to at most the size of the tree. @throws MissingNode */
export const consistencyProof = async (db: Db, from: number, to: number): Promise<Uint8Array[]> => {
  const [proof = []] = await buildProofs(db, [consistencyPath(from, to)])
  return proof
}

/** RFC 9162 section 2.1.3, one for each of the leaves. @throws MissingNode */
export const inclusionProofs = (db: Db, indexes: readonly number[], size: number): Promise<Uint8Array[][]> =>
  buildProofs(
    db,
    indexes.map((index) => inclusionPath(index, size)),
  )

/** A hash of the tree is missing in the database. `npm run audit:verify` finds out more. */
export class MissingNode extends Error {
  readonly code = 'log-node-missing'
  constructor({ level, index }: NodeId) {
    super(`The access log's tree lacks node ${index} of level ${level}.`)
  }
}

const buildProofs = async (db: Db, paths: readonly Subtrees[][]): Promise<Uint8Array[][]> => {
  const hashOf = await findHashes(db, paths.flat(2))
  return paths.map((path) => path.map((subtrees) => joinSubtrees(subtrees.map(hashOf))))
}

const hashesOf = async (db: Db, nodes: Subtrees): Promise<Uint8Array[]> =>
  nodes.map(await findHashes(db, nodes))

const findHashes = async (db: Db, nodes: readonly NodeId[]): Promise<(id: NodeId) => Uint8Array> => {
  const tiles = await findTiles(
    db,
    nodes.map((node) => inTile(node).tile),
  )
  for (const node of nodes) {
    const { tile } = inTile(node)
    // Until a tile of level 0 is full, its leaves stand in.
    if (tile.level === 0 && !tiles.has(keyOf(tile)))
      tiles.set(keyOf(tile), tileOf(await leavesOf(db, tile.index)))
  }
  return (id) => {
    const { tile, height, at } = inTile(id)
    const hash = tiles.get(keyOf(tile))?.node(height, at)
    if (!hash) throw new MissingNode(id)
    return hash
  }
}

export const keyOf = ({ level, index }: TileId): string => `${level}/${index}`

/** Returns the stored ones of some tiles, by `keyOf`. */
export const findTiles = async (db: Db, ids: readonly TileId[]): Promise<Map<string, Tile>> => {
  const tiles = new Map<string, Tile>()
  for (const [level, found] of Map.groupBy(ids, (id) => id.level)) {
    const indexes = [...new Set(found.map(({ index }) => index))]
    const rows = await db
      .selectFrom('audit_tile')
      .select(['index', 'hashes'])
      .where('level', '=', level)
      .where('index', 'in', indexes)
      .execute()
    // Of leaves, only full tiles are stored: for any other, its leaves stand in.
    for (const { index, hashes } of rows)
      if (level > 0 || hashes.length === TILE_WIDTH * HASH)
        tiles.set(keyOf({ level, index }), tileOf(splitHashes(hashes)))
  }
  return tiles
}
