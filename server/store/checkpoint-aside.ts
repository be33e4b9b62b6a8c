import { once } from 'node:events'
import type { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'

/** Pages in the log (4 KiB each) that are brought into the database together. */
const DUE = 4_000

/** Brings what is in the log into the database, on a thread of its own: both files are synced then. */
export interface Checkpoints {
  /**
   * Where the log has become long, it is brought into the database while transactions go on, and what they added
   * meanwhile before the next one: only a log that holds nothing else begins anew, and it would grow without end.
   */
  betweenTransactions(): Promise<void>
  /** Writes the whole file anew, without what was deleted. @throws Error of SQLite */
  wipe(): Promise<void>
  close(): Promise<void>
}

export const checkpointAside = (writing: DatabaseSync, path: string): Checkpoints => {
  // SQLite would do it inside of a COMMIT.
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
  // What could not be brought over is safe in the log; another thread tries it again.
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
