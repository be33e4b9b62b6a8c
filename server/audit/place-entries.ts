import { compileRows } from '../store/compile-rows.ts'
import { endOf } from '../store/last-writes.ts'
import type { AuditLeafTable, AuditPatientTable, Db } from '../store/schema.ts'
import type { GrowingTree, TreeNode } from './growing-tree.ts'
import { loadTree, treeSize } from './stored-tree.ts'
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

/**
 * Gives entries the next places in the tree, in this order. No other transaction may do so meanwhile: on PostgreSQL this one must
 * hold the turn (`takeTurn`).
 */
export const placeEntries = async (trx: Db, entries: readonly Leaf[]): Promise<void> => {
  const { adapter } = trx.getExecutor()
  const size = await treeSize(trx)
  const known = knownTrees.get(adapter)
  // Copies the known tree, because the transaction may still fail.
  const tree = known?.size === size ? known.copy() : await loadTree(trx, size)
  const counts = await countsOf(trx, entries)
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
  await putCounts(
    trx,
    [...counts].map(([patient, entries]) => ({ patient, entries })),
  )
  endOf(trx).afterCommit(() => knownTrees.set(adapter, tree))
}

const countsOf = async (
  trx: Db,
  entries: readonly { patient: string | null }[],
): Promise<Map<string, number>> => {
  const patients = new Set(entries.flatMap(({ patient }) => patient ?? []))
  const rows = await findCounts(
    trx,
    [...patients].map((patient) => ({ patient })),
  )
  return new Map(rows.map(({ patient, entries }) => [patient, entries]))
}

const findCounts = compileRows((trx, rows: readonly { patient: string }[]) =>
  trx
    .selectFrom('audit_patient')
    .select(['patient', 'entries'])
    .where(
      'patient',
      'in',
      rows.map(({ patient }) => patient),
    ),
)

const insertLeaves = compileRows((trx, rows: readonly AuditLeafTable[]) =>
  trx.insertInto('audit_leaf').values(rows),
)

const putCounts = compileRows((trx, rows: readonly AuditPatientTable[]) =>
  trx
    .insertInto('audit_patient')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('patient').doUpdateSet({ entries: (eb) => eb.ref('excluded.entries') }),
    ),
)
