import type { Db } from '../../store/schema.ts'
import { Finding, faultOfReading, nameOf } from '../entry/finding.ts'
import type { TreeNode } from '../tree/growing-tree.ts'
import { findTiles, keyOf } from '../tree/stored-tree.ts'
import { inTile, isStored, TILE_WIDTH } from '../tree/tiles.ts'
import { verifyNumbers } from './verify-places.ts'

/**
 * Checks that the stored tiles of the tree follow from its leaves.
 *
 * @param start the index of the first leaf. It begins a tile, or the leaves before it were not read.
 * @param nodes the subtrees that these leaves completed.
 * @throws Finding
 */
export const verifyTiles = async (
  db: Db,
  start: number,
  leaves: readonly Uint8Array[],
  nodes: readonly TreeNode[],
): Promise<void> => {
  const end = start + leaves.length
  const inFullTiles = Math.max(0, leaves.length - (end % TILE_WIDTH))
  const expected = [
    ...leaves.slice(0, inFullTiles).map((hash, at) => ({ level: 0, index: start + at, hash })),
    ...nodes.filter(isStored),
  ]
  const tiles = await findTiles(
    db,
    expected.map((node) => inTile(node).tile),
  ).catch((error: unknown) => {
    throw faultOfReading(error, `the stored tree over entries ${start} to ${end - 1}`)
  })
  const wrong = expected.filter((node) => {
    const { tile, at } = inTile(node)
    return !same(tiles.get(keyOf(tile))?.node(0, at), node.hash)
  })
  const first = wrong.sort((one, other) => startOf(one) - startOf(other) || one.level - other.level)[0]
  if (first) await refuse(db, first)
}

/**
 * The leaves match their entries, so somebody edited entries and recomputed the hashes. The numbers show whether entries were
 * removed or moved.
 *
 * @throws Finding
 */
const refuse = async (db: Db, node: TreeNode): Promise<never> => {
  const index = startOf(node)
  const end = index + 2 ** node.level
  await verifyNumbers(db, { from: 0, before: end })
  const entry = await db
    .selectFrom('audit_leaf')
    .leftJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
    .select(['index', 'id'])
    .where('index', '=', index)
    .executeTakeFirst()
  const orLater = node.level === 0 ? '' : `, or a later one before entry ${end},`
  throw new Finding('edited', `${nameOf({ index, ...entry })}${orLater} is not what the tree was built from.`)
}

const startOf = ({ level, index }: TreeNode): number => index * 2 ** level

const same = (one: Uint8Array | undefined, other: Uint8Array): boolean =>
  one !== undefined && Buffer.from(one).equals(other)
