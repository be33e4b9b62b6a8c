import type { AuditTileTable, Db } from '../../store/schema.ts'
import { compileOnce } from '../../store/statements/compile-once.ts'
import type { TreeNode } from './growing-tree.ts'
import { HASH, type NodeId, nodeHash } from './tree.ts'

/**
 * The tree is stored in tiles (C2SP tlog-tiles): a tile of level L holds up to 256 adjacent hashes of the tree's level 8L, and all
 * hashes of the seven levels above follow from them. Level 0 has only full tiles; until 256 leaves are there, their rows in
 * `audit_leaf` stand in.
 */

/** Hashes of a full tile. */
export const TILE_WIDTH = 256
/** Levels of the tree from one level of tiles to the next. */
const TILE_HEIGHT = 8

/** Where a tile lies: its level, and its number from the left. */
export interface TileId {
  readonly level: number
  readonly index: number
}

/** The tile that a node of the tree follows from, and which of its hashes. */
export const inTile = ({ level, index }: NodeId) => {
  const height = level % TILE_HEIGHT
  const start = index * 2 ** height
  return {
    tile: { level: Math.floor(level / TILE_HEIGHT), index: Math.floor(start / TILE_WIDTH) },
    height,
    at: (start % TILE_WIDTH) / 2 ** height,
  }
}

/** The hashes of a tile, and those that follow from them. */
export interface Tile {
  /** Returns a node `height` levels above the hashes; `undefined` if the tile is not that full yet. */
  node(height: number, at: number): Uint8Array | undefined
}

export const tileOf = (hashes: readonly Uint8Array[]): Tile => {
  const levels: (readonly Uint8Array[])[] = [hashes]
  const levelAt = (height: number): readonly Uint8Array[] => {
    const level = levels[height] ?? parentsOf(levelAt(height - 1))
    levels[height] = level
    return level
  }
  return { node: (height, at) => levelAt(height)[at] }
}

const parentsOf = (hashes: readonly Uint8Array[]): Uint8Array[] =>
  Array.from({ length: Math.floor(hashes.length / 2) }, (_, at) =>
    nodeHash(hashes[2 * at] as Uint8Array, hashes[2 * at + 1] as Uint8Array),
  )

export const splitHashes = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.floor(bytes.length / HASH) }, (_, at) =>
    bytes.subarray(at * HASH, (at + 1) * HASH),
  )

/** Whether a node is itself a hash of a tile, instead of following from some. */
export const isStored = ({ level }: NodeId): boolean => level % TILE_HEIGHT === 0

/**
 * Returns the leaves of a tile of level 0, up to the first that is missing. What is no hash counts as zeros, so that the log can go on once
 * the operator has accepted it.
 */
export const leavesOf = async (db: Db, tile: number): Promise<Uint8Array[]> => {
  const first = tile * TILE_WIDTH
  const rows = await db
    .selectFrom('audit_leaf')
    .select(['index', 'hash'])
    .where('index', '>=', first)
    .where('index', '<', first + TILE_WIDTH)
    .orderBy('index')
    .execute()
  return rows
    .filter(({ index }, at) => index === first + at)
    .map(({ hash }) => (hash.length === HASH ? hash : new Uint8Array(HASH)))
}

/** Stores what leaves that were just inserted add to the tiles. @param nodes the subtrees that they completed, the lowest first. */
export const storeTiles = async (trx: Db, nodes: readonly TreeNode[]): Promise<void> => {
  for (const { level, index, hash } of nodes.filter(isStored)) {
    const above = { level: level / TILE_HEIGHT, index: Math.floor(index / TILE_WIDTH) }
    await Promise.all([
      addHash(trx, above, index % TILE_WIDTH, hash),
      level === TILE_HEIGHT && putLeaves(trx, index),
    ])
  }
}

/** Stores a full tile of leaves. */
const putLeaves = async (trx: Db, index: number): Promise<void> => {
  await putTile(trx, { level: 0, index, hashes: Buffer.concat(await leavesOf(trx, index)) })
}

/** Adds a hash to a tile above level 0. */
const addHash = async (trx: Db, tile: TileId, at: number, hash: Uint8Array): Promise<void> => {
  const row = at === 0 ? undefined : await findTile(trx, tile)
  const hashes = Buffer.alloc((at + 1) * HASH)
  if (row) hashes.set(row.hashes.subarray(0, at * HASH))
  hashes.set(hash, at * HASH)
  await putTile(trx, { ...tile, hashes })
}

/** Rebuilds a tile above the leaves from the full tiles below it. */
export const rebuildTile = async (trx: Db, { level, index }: TileId): Promise<void> => {
  const hashes: Uint8Array[] = []
  for (let below = index * TILE_WIDTH; hashes.length < TILE_WIDTH; below++) {
    const stored = level === 1 ? undefined : await findTile(trx, { level: level - 1, index: below })
    const children =
      level === 1 ? await leavesOf(trx, below) : splitHashes(stored?.hashes ?? new Uint8Array())
    const hash = tileOf(children).node(TILE_HEIGHT, 0)
    if (!hash) break
    hashes.push(hash)
  }
  if (hashes.length > 0) await putTile(trx, { level, index, hashes: Buffer.concat(hashes) })
}

const findTile = (trx: Db, { level, index }: TileId) =>
  trx
    .selectFrom('audit_tile')
    .select('hashes')
    .where('level', '=', level)
    .where('index', '=', index)
    .executeTakeFirst()

const putTile = compileOnce((trx, tile: AuditTileTable) =>
  trx
    .insertInto('audit_tile')
    .values(tile)
    .onConflict((conflict) =>
      conflict.columns(['level', 'index']).doUpdateSet({ hashes: (eb) => eb.ref('excluded.hashes') }),
    ),
)
