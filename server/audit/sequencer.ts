import { sql } from 'kysely'
import { compileOnce } from '../store/compile-once.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import type { GrowingTree } from './growing-tree.ts'
import { placeEntries } from './place-entries.ts'

/** Most entries that one transaction places; bounds how long others wait for it. */
const BATCH = 32
/** Wait before placing, in milliseconds, so that entries written together are placed together. */
const PAUSE = 20
/** Wait after a failure, in milliseconds. */
const AGAIN = 1_000

export interface Sequencer {
  /** Schedules a run that places all waiting entries; called after each write. */
  wake(): void
  /**
   * Places the entries that wait at the moment of the call. It does not wait for later ones, because entries keep coming.
   *
   * @param most batches of 32 at most; the rest is placed later.
   * @throws StoreUnavailable
   */
  drain(most?: number): Promise<void>
  /** Stops placing; resolves when no batch is running. */
  stop(): Promise<void>
}

/**
 * Gives each entry its place in the tree after its commit, because processes commit in any order and no answer should wait for a
 * lock. One process at a time places entries; the next one continues after a process that was killed.
 */
export const startSequencer = (store: Store, onFault: (error: unknown) => void): Sequencer => {
  let tree: GrowingTree | undefined
  let timer: NodeJS.Timeout | undefined
  let woken = false
  let last: Promise<unknown> = Promise.resolve()
  let stopped = false

  /** Callers take turns by batches, so that nobody waits for the end of a long backlog. */
  const placeBatch = (): Promise<Batch> => {
    const batch = last.then(async () => {
      const placed = await store.write((trx) => placeWaiting(trx, tree))
      tree = placed.tree
      return placed
    })
    last = batch.catch(() => undefined)
    return batch
  }
  const placeUpTo = async (end: number, most: number): Promise<void> => {
    for (let batches = 0; batches < most && !stopped; batches++) {
      const { placed, highest } = await placeBatch()
      if (placed < BATCH || highest >= end) return
    }
  }
  const drain = async (most = Number.POSITIVE_INFINITY): Promise<void> => {
    const end = await lastWaiting(store.db)
    if (end !== undefined) await placeUpTo(end, most)
  }
  /** Runs one at a time. A call during a run schedules another, because the write may have come too late for this one. */
  const wakeIn = (pause: number) => {
    woken = true
    if (stopped || timer) return
    timer = setTimeout(async () => {
      woken = false
      let next = PAUSE
      await placeUpTo(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY).catch((error: unknown) => {
        onFault(error)
        woken = true
        next = AGAIN
      })
      timer = undefined
      if (woken) wakeIn(next)
    }, pause)
  }

  return {
    wake: () => wakeIn(PAUSE),
    drain,
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await last
    },
  }
}

interface Batch {
  readonly placed: number
  /** The highest `seq` among them; 0 where there is none. */
  readonly highest: number
  readonly tree: GrowingTree | undefined
}

/** Returns the highest `seq` in the queue. */
const lastWaiting = async (db: Db): Promise<number | undefined> => {
  const row = await db
    .selectFrom('audit_queue')
    .select('seq')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.seq
}

/** Takes the turn, which one transaction at a time holds; on PostgreSQL, the others wait for its row. */
export const takeTurn = (trx: Db): Promise<unknown> =>
  sql`update setting set value = '' where name = 'log.turn'`.execute(trx)

const placeWaiting = async (trx: Db, known: GrowingTree | undefined): Promise<Batch> => {
  await takeTurn(trx)
  const waiting = await nextWaiting(trx, {})
  const highest = waiting.at(-1)?.seq
  if (highest === undefined) return { placed: 0, highest: 0, tree: known }

  const tree = await placeEntries(trx, waiting, known)
  return { placed: waiting.length, highest, tree }
}

/**
 * Selects the next entries to place. The queue is limited before the join, by a literal that the planner sees: with the join
 * first, each batch read all of 90,000 waiting entries.
 */
export const waitingEntries = (db: Db) =>
  db
    .selectFrom((eb) =>
      eb.selectFrom('audit_queue').select('seq').orderBy('seq').limit(sql.lit(BATCH)).as('next'),
    )
    .innerJoin('audit_event', 'audit_event.seq', 'next.seq')
    .select(['audit_event.seq', 'patient', 'json', 'salt'])
    .orderBy('next.seq')

const nextWaiting = compileOnce((trx, _none: object) => waitingEntries(trx))
