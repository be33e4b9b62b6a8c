import { setImmediate as nextTurn } from 'node:timers/promises'
import { CompiledQuery } from 'kysely'
import { beginWork, LastWrites } from './last-writes.ts'
import type { Db } from './schema.ts'
import { StoreUnavailable } from './store.ts'
import { untilUnlocked } from './until-unlocked.ts'

interface Job {
  /** Absent if the job only has rows for the end of the transaction. Nothing of its own can fail then, so it needs no savepoint. */
  readonly work?: (trx: Db) => Promise<unknown>
  readonly end?: LastWrites
  readonly settle: (outcome: Outcome) => void
}
type Outcome = { value: unknown } | { error: unknown }

/** The most works that share a commit, so that the first of them does not wait long. */
const MOST_WORKS = 64
/** The most rows that they leave for its end: one read of 200 patients leaves as many entries of the log. */
const MOST_ROWS = 512

/** Takes the works that share the next commit: at least one, and no more than others can wait for while the main thread writes. */
const takeGroup = (waiting: Job[]): Job[] => {
  let rows = 0
  let taken = 0
  for (const { end } of waiting) {
    rows += end?.size ?? 0
    if (taken === MOST_WORKS || (taken > 0 && rows > MOST_ROWS)) break
    taken += 1
  }
  return waiting.splice(0, taken)
}

/** Milliseconds that works wait for another process to release its lock on the file. */
const LOCK_TIMEOUT = 5_000

interface CommitOptions {
  /** Syncs committed data to disk. If it rejects, the state of the disk is unknown, and no more work is accepted. */
  sync(): Promise<void>
  /** Awaited before the next transaction. */
  betweenTransactions(): Promise<void>
}

/**
 * Creates the only writer of a connection. Works that wait at the same time share a commit, so that one disk sync serves them all.
 * Each has its own savepoint, so a work that throws rolls back only its own rows. No work is settled, not even one that threw, until
 * the data that it may have read is on disk.
 */
export const groupCommit = (connection: Db, { sync, betweenTransactions }: CommitOptions) => {
  const waiting: Job[] = []
  let running: Promise<void> | undefined
  let fault: unknown
  const lost = Promise.withResolvers<unknown>()
  let isClosed = false

  const commitGroup = async (jobs: readonly Job[]): Promise<void> => {
    try {
      if (fault !== undefined) throw fault
      const { outcomes, end } = await commit(connection, jobs)
      await sync().catch((error: unknown) => {
        fault = error
        lost.resolve(error)
        throw error
      })
      end.committed()
      for (const [index, job] of jobs.entries())
        job.settle(outcomes[index] ?? { error: new StoreUnavailable(undefined) })
    } catch (error) {
      for (const job of jobs) job.settle({ error: new StoreUnavailable(error) })
    }
  }

  const run = async (): Promise<void> => {
    // Requests that arrived in this turn of the event loop join the first commit.
    await nextTurn()
    while (waiting.length > 0) {
      await commitGroup(takeGroup(waiting))
      // Every work of the group already has its result, so a failure here changes none of them. It is tried again after the next commit.
      await betweenTransactions().catch(() => undefined)
    }
    running = undefined
  }

  const enqueue = <T>(job: Omit<Job, 'settle'>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (isClosed) return reject(new StoreUnavailable(new Error('The database was closed.')))
      waiting.push({
        ...job,
        settle: (outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value as T)),
      })
      running ??= run()
    })

  return {
    write: <T>(work: (trx: Db) => Promise<T>): Promise<T> => enqueue({ work }),
    writeLast: async (addRows: (end: LastWrites) => void): Promise<void> => {
      const end = new LastWrites()
      addRows(end)
      await enqueue({ end })
    },
    /** Resolves once no more work is accepted because a sync failed. */
    lost: lost.promise,
    /** Accepts no more works, and resolves when the accepted ones are finished. */
    close: async (): Promise<void> => {
      isClosed = true
      await running
    },
  }
}

const BEGIN = CompiledQuery.raw('BEGIN IMMEDIATE')
const COMMIT = CompiledQuery.raw('COMMIT')
const ROLLBACK = CompiledQuery.raw('ROLLBACK')
const SAVE = CompiledQuery.raw('SAVEPOINT work')
const RELEASE = CompiledQuery.raw('RELEASE work')
const RESTORE = CompiledQuery.raw('ROLLBACK TO work')

interface Committed {
  /** The outcome of each job. */
  readonly outcomes: readonly Outcome[]
  readonly end: LastWrites
}

/** Runs all jobs in one transaction, and then writes the rows that they left for its end. */
const commit = async (connection: Db, jobs: readonly Job[]): Promise<Committed> => {
  try {
    await untilUnlocked(() => connection.executeQuery(BEGIN), { timeout: LOCK_TIMEOUT })
    const outcomes: Outcome[] = []
    const end = new LastWrites()
    for (const { work, end: rows } of jobs) {
      if (rows) end.include(rows)
      outcomes.push(work ? await inSavepoint(connection, work, end) : { value: undefined })
    }
    await end.run(connection, true)
    await connection.executeQuery(COMMIT)
    return { outcomes, end }
  } catch (error) {
    // A full disk may have ended the transaction already; then there is nothing left to roll back.
    await connection.executeQuery(ROLLBACK).catch(() => undefined)
    throw error
  }
}

const inSavepoint = async (
  connection: Db,
  work: (trx: Db) => Promise<unknown>,
  end: LastWrites,
): Promise<Outcome> => {
  await connection.executeQuery(SAVE)
  const own = beginWork(connection, new LastWrites())
  try {
    const value = await work(connection)
    await connection.executeQuery(RELEASE)
    end.include(own)
    return { value }
  } catch (error) {
    // A full disk ended the whole transaction, and with it the savepoint.
    await connection.executeQuery(RESTORE).catch(() => {
      throw error
    })
    await connection.executeQuery(RELEASE)
    return { error: isDatabaseError(error) ? new StoreUnavailable(error) : error }
  }
}

const isDatabaseError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'
