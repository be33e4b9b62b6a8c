import { randomUUID } from 'node:crypto'
import type { Clock, Config, FhirSource } from '../config.ts'
import type { ResourceSource, SharedSource } from '../fhir/access/source.ts'
import { embeddedSource } from '../fhir/embedded-source.ts'
import type { Store } from '../store/store.ts'
import type { Engine } from '../store/tables/dialect.ts'
import { createTurns, type Turns } from '../turns.ts'
import type { Report } from './transport/send.ts'
import type { Health } from './transport/upstream.ts'

interface SourceDeps {
  readonly config: Config
  readonly clock: Clock
  readonly store: Pick<Store, 'db' | 'address'>
  readonly report: Report
}

interface OpenSource {
  readonly source: SharedSource
  /** Finds out whether the source answers. */
  health(): Promise<Health>
  close(): Promise<void>
}

/**
 * Opens the source that the configuration names. The access log always comes from the store.
 *
 * @throws UpstreamRefused when the server at the address is not a FHIR R4 server.
 */
export const openSource = async ({ config, clock, store, report }: SourceDeps): Promise<OpenSource> => {
  const { source } = config
  const { db, address } = store
  switch (source.kind) {
    // Readings of Withings are fetched into the database.
    case 'embedded':
    case 'withings': {
      const shared = sharedStore(embeddedSource(db), address.engine)
      return { source: shared, health: async () => 'working', close: async () => {} }
    }
    case 'fhir':
      return openUpstream(source, { clock, report, db })
  }
}

const openUpstream = async (
  source: FhirSource,
  { clock, report, db }: Pick<SourceDeps, 'clock' | 'report'> & Pick<Store, 'db'>,
): Promise<OpenSource> => {
  // Loaded only where it is needed: its HTTP client alone is an eighth of what a server loads.
  const [{ createUpstream }, { upstreamSource }] = await Promise.all([
    import('./transport/create-upstream.ts'),
    import('./upstream/upstream-source.ts'),
  ])
  const upstream = await createUpstream({ source, clock, report })
  const { health, close } = upstream
  // What it cannot do is said now, and not at a person's first search.
  upstream.search('Patient', new URLSearchParams({ _id: randomUUID() })).catch(() => undefined)
  return { source: upstreamSource({ upstream, report }, db), health, close }
}

/**
 * Reads at the same time: fewer than there are connections to PostgreSQL (`store/postgres/postgres.ts`), so that tokens are looked up and the log is
 * written meanwhile. Each person has a few, so that however much one of them searches, others are answered.
 * With the longest wait, an answer still comes in time (`fhir/access/answer-budget.ts`).
 */
const PLACES = { all: 8, holder: 3, line: 1_000, wait: 3_000 }
/** On SQLite each statement holds everybody up until it ends. Several of one person would do so one after the other. */
const ON_THREAD = { ...PLACES, all: Number.POSITIVE_INFINITY, holder: 1 }
/** In milliseconds. A shorter read holds nobody up. */
const NOTICED = 5

/**
 * Shares the store's own resources between the people who ask. The texts of a page that is being sent are not among these reads: they
 * are looked up by their keys. The log is looked through in pieces, with turns of others in between (`fhir/log/look-through-log.ts`).
 *
 * @throws FhirError 503 when too many wait for one person, there is no place in time, or the reader has gone.
 */
export const sharedStore = (store: ResourceSource, engine: Engine): SharedSource => {
  const log = createTurns(PLACES)
  const records = engine === 'sqlite' ? withPauses(createTurns(ON_THREAD)) : log
  const turnsOf = (type: string) => (type === 'AuditEvent' ? log : records)
  return {
    askedBy: ({ holder, left }) => ({
      ...store,
      read: (...what) => turnsOf(what[0]).run(holder, () => store.read(...what), left),
      search: (...what) => turnsOf(what[0].type).run(holder, () => store.search(...what), left),
      everything: (...what) => records.run(holder, () => store.everything(...what), left),
    }),
  }
}

/** Keeps a place as long again as its work held the thread, so that others have at least as much of the time. No answer is delayed. */
const withPauses = (turns: Turns): Pick<Turns, 'run'> => ({
  run: async (holder, work, left) => {
    await turns.take(holder, 1, left)
    const start = performance.now()
    try {
      return await work()
    } finally {
      const took = performance.now() - start
      const giveBack = () => turns.change(holder, -1)
      if (took < NOTICED) giveBack()
      else setTimeout(giveBack, took).unref()
    }
  },
})
