/** The thread of `checkpoint-aside.ts`. It runs a checkpoint or rewrites the file for each message, then answers with nothing. */
import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

const database = new DatabaseSync(workerData as string)
database.exec('PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 30000')

parentPort?.on('message', (message: 'checkpoint' | 'wipe' | 'close') => {
  if (message === 'wipe') {
    database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)')
    parentPort?.postMessage(undefined)
  } else if (message === 'checkpoint') {
    database.exec('PRAGMA wal_checkpoint(PASSIVE)')
    parentPort?.postMessage(undefined)
  } else {
    database.close()
    parentPort?.close()
  }
})
