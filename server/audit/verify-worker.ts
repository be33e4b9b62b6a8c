/** The thread of `verify-aside.ts`: checks the log once, and answers with its first fault, or with nothing. */
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { openReader } from '../store/open-reader.ts'
import { Finding } from './finding.ts'
import type { AsideCheck } from './verify-aside.ts'
import { lastRollback } from './verify-checkpoints.ts'
import { verifyLog } from './verify-log.ts'

const { address, publicKey, known, from } = workerData as AsideCheck
const reader = await openReader(address)
const key = { publicKey }
let before = performance.now()
/** Works half of the time, so that a shared database has time for others. */
const giveWay = async () => {
  await sleep(performance.now() - before)
  before = performance.now()
}
try {
  // What the operator accepted as it is stays accepted.
  const begin = from ?? (await lastRollback(reader.db, key))?.index ?? 0
  await verifyLog(reader.db, key, { known, from: begin, giveWay })
  parentPort?.postMessage(undefined)
} catch (error) {
  if (!(error instanceof Finding)) throw error
  parentPort?.postMessage(error.message)
} finally {
  await reader.close()
}
