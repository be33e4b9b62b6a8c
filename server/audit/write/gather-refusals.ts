import { randomUUID } from 'node:crypto'
import type { ExpressionBuilder } from 'kysely'
import type { Clock, Config } from '../../config.ts'
import { endOf } from '../../store/last-writes.ts'
import type { Database, Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { MINUTE } from './count-refusal.ts'
import { entriesOf } from './log.ts'
import { writeEntries } from './write-entries.ts'

/** Most entries that one call writes; the rest waits for the next call. */
const MOST_ENTRIES = 100

interface GatherOptions {
  readonly clock: Clock
  readonly config: Config
  /** Also gathers the current minute, because the server is about to stop. */
  readonly includeCurrent?: boolean
}

/** The end of the year 9999, which is the last that a FHIR date can name. */
const LAST_MINUTE = Date.UTC(9999, 11, 31)
/** A larger number of requests is none of Carekey's, and could not be added to. */
const MOST_REQUESTS = 2 ** 50

/** Only what can become an entry: whoever can write the database can add other rows, in front of all. */
const isCount = (eb: ExpressionBuilder<Database, 'refused_request'>) =>
  eb.and([eb.between('minute', 0, LAST_MINUTE), eb.between('requests', 0, MOST_REQUESTS)])

/**
 * Turns the counted requests of strangers into entries, one for each network and finished minute. A transaction deletes the
 * counts and writes the entry, so that of several processes only one writes it.
 *
 * @throws StoreUnavailable
 */
export const gatherRefusals = async (store: Store, options: GatherOptions): Promise<void> => {
  const now = options.clock()
  const current = now - (now % MINUTE)
  const groups = await store.db
    .selectFrom('refused_request')
    .select(['minute', 'network'])
    .distinct()
    .where(isCount)
    // Includes later minutes, because the clock may have been set back.
    .$if(!options.includeCurrent, (query) => query.where('minute', '!=', current))
    .orderBy('minute')
    .limit(MOST_ENTRIES)
    .execute()
  for (const { minute, network } of groups)
    await store.write((trx) => gather(trx, { minute, network }, options))
}

const gather = async (
  trx: Db,
  { minute, network }: { minute: number; network: string },
  { clock, config }: GatherOptions,
): Promise<void> => {
  const rows = await trx
    .deleteFrom('refused_request')
    .where('minute', '=', minute)
    .where('network', '=', network)
    .where((eb) => isCount(eb))
    .returning(['kind', 'reason', 'requests'])
    .execute()
  if (rows.length === 0) return
  const counts = new Map<string, number>()
  for (const { kind, reason, requests } of rows) {
    const name = `${kind} ${reason}`
    counts.set(name, (counts.get(name) ?? 0) + requests)
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const byReason = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, n]) => [name, String(n)])
  const entries = entriesOf(
    {
      kind: 'refusals',
      requestId: randomUUID(),
      outcome: 'refused',
      agent: { address: network },
      patients: [],
      period: { start: minute, end: minute + MINUTE },
      details: { requests: String(total), ...Object.fromEntries(byReason) },
    },
    { now: endOf(trx).date(clock()), config },
  )
  endOf(trx).add(writeEntries, entries)
}
