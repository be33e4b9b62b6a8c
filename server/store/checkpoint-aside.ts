import { once } from 'node:events'
import type { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'

/** Length of the write-ahead log, in pages of 4 KiB, from which a checkpoint runs. */
const DUE = 4_000

/** Moves the write-ahead log into the database on a separate thread, because both files are synced then. */
export interface Checkpoints {
  /**
   * When the log is long, a checkpoint runs while transactions continue; pages added meanwhile are moved before the next
   * transaction. Only a log without other pages starts again at its beginning; otherwise it would grow without end.
   */
  betweenTransactions(): Promise<void>
  /** Rewrites the whole file, without deleted data. @throws Error of SQLite */
  wipe(): Promise<void>
  close(): Promise<void>
}

export const checkpointAside = (writing: DatabaseSync, path: string): Checkpoints => {
  // Otherwise SQLite would run checkpoints inside a COMMIT.
  writing.exec('PRAGMA wal_autocheckpoint = 0')
  const length = writing.prepare('PRAGMA wal_checkpoint(NOOP)')
  const isDue = () => {
    const { log, checkpointed } = length.get() as { log: number; checkpointed: number }
    return log - checkpointed >= DUE
  }
  let worker: Worker | undefined
  let underWay: Promise<void> | undefined
  let isMostDone = false

  const order = async (message: 'checkpoint' | 'wipe'): Promise<void> => {
    worker ??= new Worker(new URL('checkpoint-worker.ts', import.meta.url), { workerData: path })
    worker.postMessage(message)
    await once(worker, 'message').catch((error: unknown) => {
      worker = undefined
      throw error
    })
  }
  // Pages that could not be moved are safe in the log; a later checkpoint tries again.
  const checkpoint = () => order('checkpoint').catch(() => undefined)

  return {
    betweenTransactions: async () => {
      if (isMostDone) {
        isMostDone = false
        underWay = undefined
        await checkpoint()
      } else if (!underWay && isDue()) {
        underWay = checkpoint().then(() => {
          isMostDone = true
        })
      }
    },
    wipe: async () => {
      await underWay
      await order('wipe')
    },
    close: async () => {
      await underWay
      if (!worker) return
      const ended = once(worker, 'exit')
      worker.postMessage('close')
      await ended
    },
  }
}
