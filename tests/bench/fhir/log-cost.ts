import { openAccessLog } from '../../../server/audit/open-log.ts'
import { openLogKey } from '../../../server/audit/open-log-key.ts'
import { createRecorder } from '../../../server/audit/write/recorder.ts'
import type { Config } from '../../../server/config.ts'
import { openStore } from '../../../server/start/open-database.ts'
import { answerJob } from '../job.ts'
import { loggedSearch } from './logged-search.ts'

const WARM = 3_000
const ENTRIES = 10_000

export interface LogCostJob {
  readonly config: Config
  readonly database: string
  /** The file with the log's key. */
  readonly logKey: string
  /** The number of entries that are being written at any moment. */
  readonly waiting: number
}

/** Measures the cost of a log entry in milliseconds of CPU: appended, committed, synced, placed in the tree and signed. */
answerJob(async ({ config, database, logKey, waiting }: LogCostJob): Promise<number> => {
  const store = await openStore(database)
  const log = await openAccessLog({
    ...{ config, store, clock: Date.now },
    key: await openLogKey({ store, logKey: { file: logKey, acceptRollback: true, isLost: true } }),
    onFinding: (fault) => console.error(fault),
    onDelay: (sentence) => console.error(sentence),
    onFault: (error) => console.error(error),
  })
  const recorder = createRecorder({ config, store: log.store, clock: Date.now })
  const write = async (entries: number) => {
    let remaining = entries
    const writer = async () => {
      while (remaining-- > 0) await recorder.record(loggedSearch())
    }
    await Promise.all(Array.from({ length: waiting }, writer))
    await log.sign()
  }
  await write(WARM)
  const before = process.cpuUsage()
  await write(ENTRIES)
  const { user, system } = process.cpuUsage(before)
  await log.close()
  await store.close()
  return (user + system) / 1000 / ENTRIES
})
