import { sql } from 'kysely'
import { compileOnce } from '../store/compile-once.ts'
import { compileRows } from '../store/compile-rows.ts'
import type { AuditLeafTable, AuditPatientTable, Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { GrowingTree, TreeNode } from './growing-tree.ts'
import { hashOfEntry } from './leaf.ts'
import { loadTree, treeSize } from './stored-tree.ts'

/** Entries that one transaction places; bounds how long others wait for it. */
const BATCH = 32
/** Entries that come together are placed together, in milliseconds. */
const PAUSE = 20
/** What failed is tried again, in milliseconds. */
const AGAIN = 1_000

export interface Sequencer {
  /** Something may have been written: soon, everything that waits gets its place. */
  wake(): void
  /** Resolves when everything that waited has its place. @throws StoreUnavailable */
  drain(): Promise<void>
  /** Nothing is placed any more; resolves when nothing is under way. */
  stop(): Promise<void>
}

/**
 * Gives each entry its place in the tree, after it was committed: entries of many processes are committed in any order,
 * and nobody should wait for a lock while answering. One process at a time does it; what a process that was killed left
 * behind waits for the next.
 */
export const startSequencer = (store: Store, onFault: (error: unknown) => void): Sequencer => {
  let tree: GrowingTree | undefined
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> | undefined
  let stopped = false

  const place = async (): Promise<void> => {
    for (let placed = BATCH; placed === BATCH; ) {
      const batch = await store.write((trx) => placeWaiting(trx, tree))
      tree = batch.tree
      placed = batch.placed
    }
  }
  /** Who asks while it works gets a turn of its own: what they wrote may have come too late for this one. */
  const drain = async (): Promise<void> => {
    await working?.catch(() => undefined)
    working ??= place().finally(() => {
      working = undefined
    })
    await working
  }
  const wakeIn = (pause: number) => {
    if (stopped) return
    timer ??= setTimeout(() => {
      timer = undefined
      drain().catch((error: unknown) => {
        onFault(error)
        wakeIn(AGAIN)
      })
    }, pause)
  }

  return {
    wake: () => wakeIn(PAUSE),
    drain,
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await working?.catch(() => undefined)
    },
  }
}

/** Only one transaction at a time holds the turn; on PostgreSQL, the others wait for its row. */
export const takeTurn = (trx: Db): Promise<unknown> =>
  sql`update setting set value = '' where name = 'log.turn'`.execute(trx)

const placeWaiting = async (
  trx: Db,
  known: GrowingTree | undefined,
): Promise<{ placed: number; tree: GrowingTree | undefined }> => {
  await takeTurn(trx)
  const waiting = await nextWaiting(trx, { most: BATCH })
  if (waiting.length === 0) return { placed: 0, tree: known }

  const size = await treeSize(trx)
  // A transaction may fail after this: the tree that is known stays as it is until then.
  const tree = known?.size === size ? known.copy() : await loadTree(trx, size)
  const counts = await countsOf(trx, waiting)
  const leaves: AuditLeafTable[] = []
  const nodes: TreeNode[] = []
  for (const { seq, patient, json, salt } of waiting) {
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
  await leaveQueue(
    trx,
    waiting.map(({ seq }) => ({ seq })),
  )
  return { placed: waiting.length, tree }
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

const nextWaiting = compileOnce((trx, { most }: { most: number }) =>
  trx
    .selectFrom('audit_queue')
    .innerJoin('audit_event', 'audit_event.seq', 'audit_queue.seq')
    .select(['audit_event.seq', 'patient', 'json', 'salt'])
    .orderBy('audit_queue.seq')
    .limit(most),
)

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

const leaveQueue = compileRows((trx, rows: readonly { seq: number }[]) =>
  trx.deleteFrom('audit_queue').where(
    'seq',
    'in',
    rows.map(({ seq }) => seq),
  ),
)
