import { createRecorder } from '../../../server/audit/write/recorder.ts'
import { startSequencer } from '../../../server/audit/write/sequencer.ts'
import type { Config } from '../../../server/config.ts'
import { openStore } from '../../../server/start/open-database.ts'
import type { Store } from '../../../server/store/store.ts'
import { loggedSearch } from '../fhir/logged-search.ts'
import { answerJob } from '../job.ts'

export interface QueueJob {
  readonly config: Config
  readonly database: string
  /** Writes so many entries, which wait. Without it, all that wait are placed. */
  readonly fill?: number
}

const AT_ONCE = 32
/** Batches that are placed before the measurement. */
const WARM = 40

/**
 * Fills the queue of the access log, or empties it: in another process, because with several processes most entries are placed by
 * one that did not write them.
 *
 * @returns the time that an entry took to be placed.
 */
answerJob(async ({ config, database, fill }: QueueJob) => {
  const store = await openStore(database)
  try {
    if (fill === undefined) return await place(store)
    const { record } = createRecorder({ config, store, clock: Date.now })
    for (let written = 0; written < fill; written += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, () => record(loggedSearch())))
  } finally {
    await store.close()
  }
})

const place = async (store: Store): Promise<{ ms: number; cpuMs: number }> => {
  const sequencer = startSequencer(store, console.error)
  await sequencer.drain(WARM)
  const { waiting } = await store.db
    .selectFrom('audit_queue')
    .select((eb) => eb.fn.countAll<number>().as('waiting'))
    .executeTakeFirstOrThrow()
  const start = performance.now()
  const startCpu = process.cpuUsage()
  await sequencer.drain()
  const ms = performance.now() - start
  const { user, system } = process.cpuUsage(startCpu)
  return { ms: ms / waiting, cpuMs: (user + system) / 1000 / waiting }
}
