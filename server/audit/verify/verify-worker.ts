/** The thread of `verify-aside.ts`: checks the log once, and answers with its first fault, or with nothing. */
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { readPostgres } from '../../store/postgres/postgres.ts'
import { readSqlite } from '../../store/sqlite/sqlite.ts'
import { type DatabaseAddress, type Reader, StoreUnavailable } from '../../store/store.ts'
import { Finding } from '../entry/finding.ts'
import type { AsideAnswer, AsideWork } from './verify-aside.ts'
import { findRollbacks } from './verify-checkpoints.ts'
import { verifyLog } from './verify-log.ts'

/** Opens a database for reading only, such as in a thread of its own. @throws as `readSqlite` and `readPostgres` */
const openReader = (address: DatabaseAddress): Promise<Reader> =>
  address.engine === 'sqlite' ? readSqlite(address.path) : readPostgres(address.url)

const { address, publicKey, known, from, begun } = workerData as AsideWork
// All modules are loaded.
begun[0] = 1
const key = { publicKey }
let before = performance.now()
/** Works half of the time, so that a shared database has time for others. */
const giveWay = async () => {
  await sleep(performance.now() - before)
  before = performance.now()
}

const check = async (): Promise<AsideAnswer> => {
  const reader = await openReader(address)
  try {
    // What the operator accepted as it is stays accepted.
    const begin = from ?? (await findRollbacks(reader.db, key))[0]?.index ?? 0
    await verifyLog(reader.db, key, { known, from: begin, giveWay })
    return {}
  } finally {
    await reader.close()
  }
}

/** Everything else ends the thread, which is a fault too. */
const answerOf = (error: unknown): AsideAnswer => {
  if (error instanceof Finding) return { fault: error.message }
  if (error instanceof StoreUnavailable && !error.isOfContent) {
    const { code } = (error.cause ?? {}) as { code?: string }
    return { unavailable: { message: String(error.cause), code } }
  }
  throw error
}

parentPort?.postMessage(await check().catch(answerOf))
