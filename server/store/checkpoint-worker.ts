/** The thread of `checkpoint-aside.ts`: a checkpoint for each message, answered with nothing. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

const database = new DatabaseSync(workerData as string)
database.exec('PRAGMA synchronous = NORMAL')

parentPort?.on('message', (message: 'checkpoint' | 'close') => {
  if (message === 'checkpoint') {
    database.exec('PRAGMA wal_checkpoint(PASSIVE)')
    parentPort?.postMessage(undefined)
  } else {
    database.close()
    parentPort?.close()
  }
})
