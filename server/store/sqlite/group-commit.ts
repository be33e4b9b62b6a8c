import { setImmediate as nextTurn } from 'node:timers/promises'
import { CompiledQuery } from 'kysely'
import { beginWork, LastWrites, rowsOf } from '../last-writes.ts'
import type { Db } from '../schema.ts'
import { findEarliestTime } from '../statements/latest-time.ts'
import { StoreUnavailable } from '../store.ts'
import { untilUnlocked } from './until-unlocked.ts'

interface Job {
  readonly work: Work
  readonly settle: (outcome: Outcome) => void
}
type Work =
  | { readonly run: (trx: Db) => Promise<unknown> }
  /** Only has rows for the end of the transaction, so it needs no savepoint. */
  | { readonly addRows: (end: LastWrites) => void }
type Outcome = { value: unknown } | { error: unknown }

/** The most works that share a commit, so that the first of them does not wait long. */
const MOST_WORKS = 64
/**
 * With so many rows for its end, a transaction takes no further work, because others wait while the main thread writes them: one read of
 * 200 patients leaves as many entries of the log.
 */
const MANY_ROWS = 512

/** Milliseconds that works wait for another process to release its lock on the file. */
const LOCK_TIMEOUT = 5_000

interface CommitOptions {
  /** Syncs committed data to disk. If it rejects, what the next start will find there is unknown, and no more work is accepted. */
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

  const commitGroup = async (): Promise<void> => {
    const early = waiting.length
    const jobs: Job[] = []
    const takeNext = (): Work | undefined => {
      const job = jobs.length < MOST_WORKS ? waiting.shift() : undefined
      if (job) jobs.push(job)
      return job?.work
    }
    try {
      if (fault !== undefined) throw fault
      const { outcomes, end } = await commit(connection, takeNext)
      await sync().catch((error: unknown) => {
        fault = error
        lost.resolve(error)
        throw error
      })
      end.committed()
      for (const [index, job] of jobs.entries())
        job.settle(outcomes[index] ?? { error: new StoreUnavailable(undefined) })
    } catch (error) {
      // Whoever has waited for the lock in vain does not wait for it again, behind others.
      for (const job of jobs.length > 0 ? jobs : waiting.splice(0, early))
        job.settle({ error: new StoreUnavailable(error) })
    }
  }

  const run = async (): Promise<void> => {
    // Requests that arrived in this turn of the event loop join the first commit.
    await nextTurn()
    while (waiting.length > 0) {
      await commitGroup()
      // Every work of the group already has its result, so a failure here changes none of them. It is tried again after the next commit.
      await betweenTransactions().catch(() => undefined)
    }
    running = undefined
  }

  const enqueue = <T>(work: Work): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (isClosed) return reject(new StoreUnavailable(new Error('The database was closed.')))
      waiting.push({
        work,
        settle: (outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value as T)),
      })
      running ??= run()
    })

  return {
    write: <T>(run: (trx: Db) => Promise<T>): Promise<T> => enqueue({ run }),
    writeLast: (addRows: (end: LastWrites) => void): Promise<void> => enqueue({ addRows }),
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

/** Runs works in one transaction, and then writes the rows that they left for its end. */
const commit = async (connection: Db, takeNext: () => Work | undefined): Promise<Committed> => {
  try {
    await untilUnlocked(() => connection.executeQuery(BEGIN), { timeout: LOCK_TIMEOUT })
    const outcomes: Outcome[] = []
    const end = new LastWrites(await findEarliestTime(connection))
    for (let work = takeNext(); work; work = end.size < MANY_ROWS ? takeNext() : undefined)
      outcomes.push('run' in work ? await inSavepoint(connection, work.run, end) : addTo(end, work.addRows))
    await end.run(connection, true)
    await connection.executeQuery(COMMIT)
    return { outcomes, end }
  } catch (error) {
    // A full disk may have ended the transaction already; then there is nothing left to roll back.
    await connection.executeQuery(ROLLBACK).catch(() => undefined)
    throw error
  }
}

const addTo = (end: LastWrites, addRows: (end: LastWrites) => void): Outcome => {
  try {
    end.include(rowsOf(addRows, end.notBefore))
    return { value: undefined }
  } catch (error) {
    return { error }
  }
}

const inSavepoint = async (
  connection: Db,
  work: (trx: Db) => Promise<unknown>,
  end: LastWrites,
): Promise<Outcome> => {
  await connection.executeQuery(SAVE)
  const own = beginWork(connection, new LastWrites(end.notBefore))
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
