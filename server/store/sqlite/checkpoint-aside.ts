import { once } from 'node:events'
import type { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'

/** A checkpoint runs when the write-ahead log has this many pages of 8 KiB. */
const CHECKPOINT_PAGES = 2_000
/**
 * With this many pages in the log, 256 MB, transactions wait for the running checkpoint; otherwise the log would grow as long as they
 * are faster than the disk, or than the start of the thread.
 */
const MOST_PAGES = 32_000

/** Moves the write-ahead log into the database on a separate thread, because that syncs both files to disk. */
interface Checkpoints {
  /**
   * Starts a checkpoint if the log is long, while transactions continue. When it is done, moves the pages added meanwhile before the
   * next transaction, because SQLite reuses the log's file only once every page is moved; otherwise the file would grow forever.
   * Waits for a checkpoint that transactions have left far behind.
   */
  betweenTransactions(): Promise<void>
  /** Rewrites the whole file without deleted data. @throws Error of SQLite, and when another process still reads the deleted data */
  wipe(): Promise<void>
  close(): Promise<void>
}

export const checkpointAside = (writeConnection: DatabaseSync, path: string): Checkpoints => {
  // Otherwise SQLite would run checkpoints inside a COMMIT.
  writeConnection.exec('PRAGMA wal_autocheckpoint = 0')
  const countPages = writeConnection.prepare('PRAGMA wal_checkpoint(NOOP)')
  const pages = () => countPages.get() as { log: number; checkpointed: number }
  const isDue = () => {
    const { log, checkpointed } = pages()
    return log - checkpointed >= CHECKPOINT_PAGES
  }
  let worker: Worker | undefined
  let running: Promise<void> | undefined
  let isDone = false

  const send = async (message: 'checkpoint' | 'wipe'): Promise<void> => {
    worker ??= new Worker(new URL('checkpoint-worker.ts', import.meta.url), { workerData: path })
    worker.postMessage(message)
    await once(worker, 'message').catch((error: unknown) => {
      worker = undefined
      throw error
    })
  }
  let last: Promise<unknown> = Promise.resolve()
  /** Sends one message at a time, because an answer does not say which one it is for. */
  const runInWorker = (message: 'checkpoint' | 'wipe'): Promise<void> => {
    const run = last.then(() => send(message))
    last = run.catch(() => undefined)
    return run
  }
  // Pages that could not be moved are safe in the log; a later checkpoint tries again.
  const checkpoint = () => runInWorker('checkpoint').catch(() => undefined)

  return {
    betweenTransactions: async () => {
      if (!running) {
        if (!isDue()) return
        isDone = false
        running = checkpoint().then(() => {
          isDone = true
        })
      } else if (isDone || pages().log >= MOST_PAGES) {
        await running
        running = undefined
        await checkpoint()
      }
    },
    wipe: () => runInWorker('wipe'),
    close: async () => {
      await last
      if (!worker) return
      const end = once(worker, 'exit')
      worker.postMessage('close')
      await end
    },
  }
}
