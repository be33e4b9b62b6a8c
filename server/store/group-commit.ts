import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Db } from './schema.ts'
import { StoreUnavailable } from './store.ts'
import { untilUnlocked } from './until-unlocked.ts'

interface Job {
  work: (trx: Db) => Promise<unknown>
  settle: (outcome: Outcome) => void
}
type Outcome = { value: unknown } | { error: unknown }

/** The most works that share a commit, so that the first of them does not wait long. */
const LARGEST_GROUP = 64

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
  let isClosed = false

  const commitGroup = async (jobs: readonly Job[]): Promise<void> => {
    try {
      if (fault !== undefined) throw fault
      const outcomes = await commit(connection, jobs)
      await sync().catch((error: unknown) => {
        fault = error
        throw error
      })
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
      await commitGroup(waiting.splice(0, LARGEST_GROUP))
      // Every work of the group already has its result, so a failure here changes none of them. It is tried again after the next commit.
      await betweenTransactions().catch(() => undefined)
    }
    running = undefined
  }

  return {
    write: <T>(work: (trx: Db) => Promise<T>): Promise<T> =>
      new Promise<T>((resolve, reject) => {
        if (isClosed) return reject(new StoreUnavailable(new Error('The database was closed.')))
        waiting.push({
          work,
          settle: (outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value as T)),
        })
        running ??= run()
      }),
    /** Accepts no more works, and resolves when the accepted ones are finished. */
    close: async (): Promise<void> => {
      isClosed = true
      await running
    },
  }
}

/** Runs all jobs in one transaction and returns the outcome of each. */
const commit = async (connection: Db, jobs: readonly Job[]): Promise<readonly Outcome[]> => {
  try {
    await untilUnlocked(() => sql`BEGIN IMMEDIATE`.execute(connection), { timeout: LOCK_TIMEOUT })
    const outcomes: Outcome[] = []
    for (const job of jobs) outcomes.push(await inSavepoint(connection, job))
    await sql`COMMIT`.execute(connection)
    return outcomes
  } catch (error) {
    // A full disk may have ended the transaction already; then there is nothing left to roll back.
    await sql`ROLLBACK`.execute(connection).catch(() => undefined)
    throw error
  }
}

const inSavepoint = async (connection: Db, job: Job): Promise<Outcome> => {
  await sql`SAVEPOINT work`.execute(connection)
  try {
    const value = await job.work(connection)
    await sql`RELEASE work`.execute(connection)
    return { value }
  } catch (error) {
    await sql`ROLLBACK TO work`.execute(connection)
    await sql`RELEASE work`.execute(connection)
    return { error: isDatabaseError(error) ? new StoreUnavailable(error) : error }
  }
}

const isDatabaseError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'
