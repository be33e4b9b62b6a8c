import { sql } from 'kysely'
import { endOf } from '../../store/last-writes.ts'
import type { Db } from '../../store/schema.ts'
import { compileOnce } from '../../store/statements/compile-once.ts'
import { compileRows } from '../../store/statements/compile-rows.ts'
import type { Store } from '../../store/store.ts'
import { hashOfEntry } from '../entry/leaf.ts'
import { type Leaf, placeEntries } from '../tree/place-entries.ts'
import { treeSize } from '../tree/stored-tree.ts'
import { leafHash } from '../tree/tree.ts'
import { unplacedOf } from './written-entries.ts'

/** Entries that one transaction places. Others wait for that transaction, so it must stay short. */
export const BATCH = 256
/** Wait before placing, in milliseconds, so that entries written together are placed together. */
const PLACE_DELAY = 20
/** Wait after a failure, in milliseconds. */
const RETRY_DELAY = 1_000

interface Sequencer {
  /** Schedules a run that places all waiting entries; called after each write. */
  wake(): void
  /**
   * Places the entries that are waiting when it is called, not later ones, because entries keep coming.
   *
   * @param most the most batches to place; the rest is placed later.
   * @throws StoreUnavailable
   */
  drain(most?: number): Promise<void>
  /** Stops placing; resolves when no batch is running. */
  stop(): Promise<void>
}

/**
 * Gives each entry its place in the tree after its commit, because processes commit in any order and no answer should wait for a
 * lock. One process at a time places entries; if it is killed, another one continues.
 */
export const startSequencer = (store: Store, onFault: (error: unknown) => void): Sequencer => {
  let timer: NodeJS.Timeout | undefined
  let needsRun = false
  let lastBatch: Promise<unknown> = Promise.resolve()
  let isStopped = false

  /** Callers take turns after each batch, so that nobody waits for the end of a long backlog. */
  const placeBatch = (): Promise<Batch> => {
    const batch = lastBatch.then(() => store.write(placeWaiting))
    lastBatch = batch.catch(() => undefined)
    return batch
  }
  const placeUpTo = async (end: number, most: number): Promise<void> => {
    for (let batches = 0; batches < most && !isStopped; batches++) {
      const { count, highest } = await placeBatch()
      if (count < BATCH || highest >= end) return
    }
  }
  const drain = async (most = Number.POSITIVE_INFINITY): Promise<void> => {
    const end = await lastWaitingSeq(store.db)
    if (end !== undefined) await placeUpTo(end, most)
  }
  /** Runs one at a time. A call during a run schedules another, because the write may have come too late for this one. */
  const scheduleRun = (delay: number) => {
    needsRun = true
    if (isStopped || timer) return
    timer = setTimeout(async () => {
      needsRun = false
      let nextDelay = PLACE_DELAY
      // Looks first, because on SQLite entries rarely wait, and a batch would sync the disk.
      await drain().catch((error: unknown) => {
        onFault(error)
        needsRun = true
        nextDelay = RETRY_DELAY
      })
      timer = undefined
      if (needsRun) scheduleRun(nextDelay)
    }, delay)
  }

  return {
    wake: () => scheduleRun(PLACE_DELAY),
    drain,
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      await lastBatch
    },
  }
}

interface WaitingEntry {
  readonly seq: number
  readonly id: string
  readonly patient: string | null
}

interface Batch {
  readonly count: number
  /** The highest `seq` among the placed entries, or 0. */
  readonly highest: number
}

/**
 * Selects the rows of the queue that have an entry without a place: whoever can write the database can add others, before or behind them.
 * Subqueries that are compared, because a join or EXISTS could be planned as a scan of all entries.
 */
const queuedEntries = (db: Db) =>
  db
    .selectFrom('audit_queue')
    .select('audit_queue.seq')
    .where((eb) =>
      eb(
        eb
          .selectFrom('audit_event')
          .select('audit_event.seq')
          .whereRef('audit_event.seq', '=', 'audit_queue.seq'),
        'is not',
        null,
      ),
    )
    .where((eb) =>
      eb(
        eb
          .selectFrom('audit_leaf')
          .select('audit_leaf.seq')
          .whereRef('audit_leaf.seq', '=', 'audit_queue.seq'),
        'is',
        null,
      ),
    )

/** Returns the highest `seq` of an entry that waits. */
const lastWaitingSeq = async (db: Db): Promise<number | undefined> => {
  const row = await queuedEntries(db).orderBy('audit_queue.seq', 'desc').limit(1).executeTakeFirst()
  return row?.seq
}

/** Takes the turn, which only one transaction holds at a time. On PostgreSQL the others wait for the lock on this row. */
export const takeTurn = (trx: Db): Promise<unknown> => setTurn(trx, {})

const setTurn = compileOnce((trx, _none: object) =>
  trx.updateTable('setting').set({ value: '' }).where('name', '=', 'log.turn'),
)

/** Sends statements together where it can, because all other processes wait for the turn meanwhile. */
const placeWaiting = async (trx: Db): Promise<Batch> => {
  // In this order: each statement sees what was committed before it started, so those after the first see what the turn left.
  const [, waiting, size] = await Promise.all([takeTurn(trx), selectWaiting(trx, {}), treeSize(trx)])
  const highest = waiting.at(-1)?.seq
  if (highest === undefined) return { count: 0, highest: 0 }
  const leaves = await leavesOf(trx, waiting)
  await Promise.all([
    removeFromQueue(
      trx,
      waiting.map(({ seq }) => ({ seq })),
    ),
    placeEntries(trx, leaves, size),
  ])
  // Not before: if the transaction fails, they still wait.
  endOf(trx).afterCommit(() => {
    const unplaced = unplacedOf(trx)
    for (const { id } of waiting) unplaced?.forget(id)
  })
  return { count: waiting.length, highest }
}

/**
 * Takes the turn and gives a place to all that waits, so that the transaction may append behind it. Call `drain` before, because others
 * wait for this transaction.
 */
export const takeTurnLast = async (trx: Db): Promise<void> => {
  for (let count = BATCH; count === BATCH; ) ({ count } = await placeWaiting(trx))
}

/** Entries that another process wrote are read. */
const leavesOf = async (trx: Db, waiting: readonly WaitingEntry[]): Promise<Leaf[]> => {
  const unplaced = unplacedOf(trx)
  const known = waiting.map((entry) => ({ ...entry, written: unplaced?.find(entry.id) }))
  const others = known.filter(({ written }) => !written).map(({ seq }) => ({ seq }))
  const read = new Map((await readEntries(trx, others)).map((entry) => [entry.seq, entry]))
  return known.map(({ seq, patient, written }) => ({
    seq,
    patient,
    hash: (count) => {
      if (written) return written.hash(count)
      return hashOfWaiting(read.get(seq) ?? { json: '', salt: null }, count)
    },
  }))
}

/** What somebody wrote beside the server may be no entry at all. It gets its place, so that the others get theirs; the check names it. */
const hashOfWaiting = (
  { json, salt }: { readonly json: string; readonly salt: Uint8Array | null },
  count: number | null,
): Uint8Array => {
  try {
    return hashOfEntry({ json, salt, count })
  } catch {
    return leafHash(json)
  }
}

const readEntries = compileRows((trx, rows: readonly { readonly seq: number }[]) =>
  trx
    .selectFrom('audit_event')
    .select(['seq', 'json', 'salt'])
    .where(
      'seq',
      'in',
      rows.map(({ seq }) => seq),
    ),
)

/** Removes entries that have their place now. */
export const removeFromQueue = compileRows((trx, rows: readonly { readonly seq: number }[]) =>
  trx.deleteFrom('audit_queue').where(
    'seq',
    'in',
    rows.map(({ seq }) => seq),
  ),
)

/**
 * Selects the next entries to place. It limits the queue before the join, with a literal that the planner can see. If it joined
 * first, each batch would read the whole queue; that was measured with 90,000 waiting entries.
 */
export const waitingEntries = (db: Db) =>
  db
    .selectFrom(() => queuedEntries(db).orderBy('audit_queue.seq').limit(sql.lit(BATCH)).as('next'))
    .innerJoin('audit_event', 'audit_event.seq', 'next.seq')
    .select(['audit_event.seq', 'audit_event.id', 'patient'])
    .orderBy('next.seq')

const selectWaiting = compileOnce((trx, _none: object) => waitingEntries(trx))
