import { endOf, LastWrites, rowsOf } from '../last-writes.ts'
import type { Store } from '../store.ts'

/** The most calls that share a commit, so that the first of them does not wait long. */
const LARGEST_GROUP = 64

interface Waiting {
  readonly addRows: (end: LastWrites) => void
  readonly result: PromiseWithResolvers<void>
}

/**
 * Lets rows that wait at the same time share a transaction of its own (PostgreSQL). Works do not share one there: each may wait for a
 * lock that another process holds, and the others would wait with it.
 */
export const shareCommits = (write: Store['write']): Store['writeLast'] => {
  const waiting: Waiting[] = []
  let isRunning = false

  const commitGroup = async (group: readonly Waiting[]): Promise<void> => {
    try {
      await write(async (trx) => {
        const { notBefore } = endOf(trx)
        const shared = new LastWrites(notBefore)
        for (const { addRows, result } of group)
          try {
            shared.include(rowsOf(addRows, notBefore))
          } catch (error) {
            // It fails alone: settled already, it is not resolved with the others.
            result.reject(error)
          }
        endOf(trx).include(shared)
      })
      for (const { result } of group) result.resolve()
    } catch (error) {
      for (const { result } of group) result.reject(error)
    }
  }
  const run = async (): Promise<void> => {
    while (waiting.length > 0) await commitGroup(waiting.splice(0, LARGEST_GROUP))
    isRunning = false
  }

  return async (addRows) => {
    const result = Promise.withResolvers<void>()
    waiting.push({ addRows, result })
    // Requests that arrive in this turn of the event loop join.
    if (!isRunning) setImmediate(() => void run())
    isRunning = true
    return result.promise
  }
}
