import type { Db } from '../store/schema.ts'
import { type GrowingTree, growingTree } from './growing-tree.ts'
import {
  consistencyPath,
  inclusionPath,
  joinSubtrees,
  type NodeId,
  type Subtrees,
  subtreesOf,
} from './tree.ts'

/** The tree as the database keeps it: leaves in `audit_leaf`, perfect subtrees above them in `audit_node`. */

export const treeSize = async (db: Db): Promise<number> => {
  const row = await db
    .selectFrom('audit_leaf')
    .select('index')
    .orderBy('index', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? 0 : row.index + 1
}

/** @throws MissingNode */
export const rootAt = async (db: Db, size: number): Promise<Uint8Array> =>
  joinSubtrees(await hashesOf(db, subtreesOf(size)))

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
  const levels = Map.groupBy(nodes, ({ level }) => level)
  const hashes = new Map<number, Map<number, Uint8Array>>()
  for (const [level, subtrees] of levels) {
    const indexes = [...new Set(subtrees.map(({ index }) => index))]
    const rows = await hashesAt(db, level).where('index', 'in', indexes).execute()
    hashes.set(level, new Map(rows.map(({ index, hash }) => [index, hash])))
  }
  return (id) => {
    const hash = hashes.get(id.level)?.get(id.index)
    if (!hash) throw new MissingNode(id)
    return hash
  }
}

/** The leaves, the tree's lowest level, have their own table. */
const hashesAt = (db: Db, level: number) =>
  db
    .selectFrom((eb) =>
      level === 0
        ? eb.selectFrom('audit_leaf').select(['index', 'hash']).as('found')
        : eb.selectFrom('audit_node').select(['index', 'hash']).where('level', '=', level).as('found'),
    )
    .select(['index', 'hash'])
