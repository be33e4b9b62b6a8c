/** The thread of `checkpoint-aside.ts`. It runs a checkpoint or rewrites the file for each message, then answers with nothing. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

/** Milliseconds that rewriting the file waits for a transaction that writes. */
const WRITER_TIMEOUT = 30_000
/** Milliseconds that it waits for transactions that read what was there before. The server's are shorter, and a backup's is longer. */
const READER_TIMEOUT = 5_000
/** Milliseconds between two looks at another process's checkpoint. */
const RETRY_DELAY = 50

const database = new DatabaseSync(workerData as string)
database.exec('PRAGMA synchronous = NORMAL')

/** @throws Error when another process still reads the old data, which then remain in the files. */
const wipe = (): void => {
  database.exec(`PRAGMA busy_timeout = ${WRITER_TIMEOUT}; VACUUM; PRAGMA busy_timeout = ${READER_TIMEOUT}`)
  const emptyLog = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)')
  for (;;) {
    // That the log could not be emptied is no error to SQLite: it says so in a row.
    const { busy, log } = emptyLog.get() as { busy: number; log: number }
    if (busy === 0) return
    // Otherwise another process runs a checkpoint, for which SQLite does not wait. It soon ends.
    if (log >= 0) throw new Error('another process, such as a backup, is reading the database')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_DELAY)
  }
}

parentPort?.on('message', (message: 'checkpoint' | 'wipe' | 'close') => {
  if (message === 'wipe') {
    wipe()
    parentPort?.postMessage(undefined)
  } else if (message === 'checkpoint') {
    database.exec('PRAGMA wal_checkpoint(PASSIVE)')
    parentPort?.postMessage(undefined)
  } else {
    database.close()
    parentPort?.close()
  }
})
