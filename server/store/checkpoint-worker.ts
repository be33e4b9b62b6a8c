/** The thread of `checkpoint-aside.ts`: each message runs a checkpoint or rewrites the file; the answer is empty. */
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
