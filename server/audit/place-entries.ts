import { compileRows } from '../store/compile-rows.ts'
import type { AuditLeafTable, AuditPatientTable, Db } from '../store/schema.ts'
import type { GrowingTree, TreeNode } from './growing-tree.ts'
import { hashOfEntry } from './leaf.ts'
import { loadTree, treeSize } from './stored-tree.ts'

/** An entry that waits for its place. */
interface WaitingEntry {
  readonly seq: number
  readonly patient: string | null
  readonly json: string
  readonly salt: Uint8Array | null
}

/**
 * Gives entries the next places in the tree, in this order, and removes them from the queue. The transaction must hold the turn
 * (`takeTurn`).
 *
 * @param knownTree the tree as this process last saw it.
 * @returns the tree with these entries; valid only after the transaction has committed.
 */
export const placeEntries = async (
  trx: Db,
  entries: readonly WaitingEntry[],
  knownTree?: GrowingTree,
): Promise<GrowingTree> => {
  const size = await treeSize(trx)
  // Copies the known tree, because the transaction may still fail.
  const tree = knownTree?.size === size ? knownTree.copy() : await loadTree(trx, size)
  const counts = await countsOf(trx, entries)
  const leaves: AuditLeafTable[] = []
  const nodes: TreeNode[] = []
  for (const { seq, patient, json, salt } of entries) {
    const count = patient === null ? null : (counts.get(patient) ?? 0) + 1
    if (patient !== null && count !== null) counts.set(patient, count)
    const hash = hashOfEntry({ json, salt, count })
    leaves.push({ index: tree.size, seq, count, hash })
    nodes.push(...tree.add(hash))
  }
  await insertLeaves(trx, leaves)
  await insertNodes(trx, nodes)
  await putCounts(
    trx,
    [...counts].map(([patient, entries]) => ({ patient, entries })),
  )
  await removeFromQueue(
    trx,
    entries.map(({ seq }) => ({ seq })),
  )
  return tree
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

const insertNodes = compileRows((trx, rows: readonly TreeNode[]) => trx.insertInto('audit_node').values(rows))

const putCounts = compileRows((trx, rows: readonly AuditPatientTable[]) =>
  trx
    .insertInto('audit_patient')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('patient').doUpdateSet({ entries: (eb) => eb.ref('excluded.entries') }),
    ),
)

const removeFromQueue = compileRows((trx, rows: readonly { seq: number }[]) =>
  trx.deleteFrom('audit_queue').where(
    'seq',
    'in',
    rows.map(({ seq }) => seq),
  ),
)
