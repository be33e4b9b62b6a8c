import { endOf } from '../../store/last-writes.ts'
import type { AuditLeafTable, Db } from '../../store/schema.ts'
import { compileRows } from '../../store/statements/compile-rows.ts'
import type { GrowingTree, TreeNode } from './growing-tree.ts'
import { countEntries } from './patient-counts.ts'
import { containsTree, loadTree } from './stored-tree.ts'
import { storeTiles } from './tiles.ts'

/** An entry that gets its place. */
export interface Leaf {
  readonly seq: number
  readonly patient: string | null
  /** @param count the entry's number about its patient; `null` if it is about no patient. */
  hash(count: number | null): Uint8Array
}

/** The tree of each database, as this process last saw it. The key is the dialect adapter, which all its transactions share. */
const knownTrees = new WeakMap<object, GrowingTree>()

/** Databases in which a tree that this process had built was gone when it went on. */
const lostTrees = new WeakSet<object>()

/**
 * Returns the tree in which this process last placed entries, with its root. Entries that are not signed yet are known to nobody else.
 *
 * @returns `'lost'` if it had been changed when this process placed later ones.
 */
export const placedTree = (
  db: Db,
): { readonly size: number; readonly root: Uint8Array } | 'lost' | undefined => {
  const { adapter } = db.getExecutor()
  if (lostTrees.has(adapter)) return 'lost'
  const tree = knownTrees.get(adapter)
  return tree && { size: tree.size, root: tree.root() }
}

export const forgetTree = (db: Db): void => {
  const { adapter } = db.getExecutor()
  knownTrees.delete(adapter)
  lostTrees.delete(adapter)
}

/**
 * Gives entries the next places in the tree, in this order. No other transaction may do so meanwhile: on PostgreSQL this one must
 * hold the turn (`takeTurn`).
 *
 * @param size the size of the tree, as this transaction sees it.
 */
export const placeEntries = async (trx: Db, entries: readonly Leaf[], size: number): Promise<void> => {
  const { adapter } = trx.getExecutor()
  const known = knownTrees.get(adapter)
  const added = new Map<string, number>()
  for (const { patient } of entries) if (patient !== null) added.set(patient, (added.get(patient) ?? 0) + 1)
  const isLoaded = known !== undefined && known.size !== size
  const [counts, tree, isContained] = await Promise.all([
    countEntries(trx, added),
    // Copies the known tree, because the transaction may still fail.
    known?.size === size ? known.copy() : loadTree(trx, size),
    !isLoaded || containsTree(trx, { size: known.size, root: known.root() }),
  ])
  // The entries get their places all the same; only nothing is signed any more (`signLog`).
  if (!isContained) lostTrees.add(adapter)
  const leaves: AuditLeafTable[] = []
  const nodes: TreeNode[] = []
  for (const { seq, patient, hash: hashWith } of entries) {
    const count = patient === null ? null : (counts.get(patient) ?? 0) + 1
    if (patient !== null && count !== null) counts.set(patient, count)
    const hash = hashWith(count)
    leaves.push({ index: tree.size, seq, count, hash })
    nodes.push(...tree.add(hash))
  }
  await insertLeaves(trx, leaves)
  await storeTiles(trx, nodes)
  endOf(trx).afterCommit(() => knownTrees.set(adapter, tree))
}

const insertLeaves = compileRows((trx, rows: readonly AuditLeafTable[]) =>
  trx.insertInto('audit_leaf').values(rows),
)
