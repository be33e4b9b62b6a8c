import { subscribe } from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { requireUrl } from '../../values/parse-address.ts'
import type { LoggedAccess } from '../audit/entry/access-event.ts'
import type { LogProgress } from '../audit/log-progress.ts'
import type { Source } from '../config.ts'
import type { Store } from '../store/store.ts'

/** What is measured of a running server. No label holds an id, or anything that a caller chose. */
export interface Metrics {
  /** @param request `route` is the pattern, and absent for an address that has none; `seconds` until the answer was sent. */
  answered(request: {
    readonly route: string | undefined
    readonly method: string
    readonly status: number
    readonly seconds: number
  }): void
  /** An access that the log has. */
  recorded(access: LoggedAccess): void
  /** Returns the store, with its commits timed. */
  timed(store: Store): Store
  /** Measures the log whenever somebody reads. */
  watchLog(measure: () => Promise<LogProgress>): void
  /** Returns all of it in the text format of Prometheus, and the media type of that. */
  read(): Promise<{ readonly type: string; readonly text: string }>
}

/** In seconds: a page of a record takes milliseconds, and no answer more than ten seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** How long whoever reads waits for the database, in milliseconds. */
const LONGEST_MEASURING = 2_000
const NO_ROUTE = 'none'

/** Once a process, because it measures the process as well. */
export const createMetrics = (source: Source): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'carekey_http_requests_total',
    help: 'Answered requests.',
    labelNames: ['route', 'method', 'status'],
    registers,
  })
  const durations = new Histogram({
    name: 'carekey_http_request_duration_seconds',
    help: 'Time until the answer was sent.',
    labelNames: ['route'],
    buckets: BUCKETS,
    registers,
  })
  const refusals = new Counter({
    name: 'carekey_refusals_total',
    help: 'Refused requests, by the kind of access that was refused.',
    labelNames: ['kind'],
    registers,
  })
  const signIns = new Counter({
    name: 'carekey_sign_ins_total',
    help: 'Tries to sign in.',
    labelNames: ['way', 'outcome'],
    registers,
  })
  const commits = new Histogram({
    name: 'carekey_log_commit_seconds',
    help: 'Time until a change and its entry in the access log were on disk.',
    buckets: BUCKETS,
    registers,
  })
  const asked = new Counter({
    name: 'carekey_source_requests_total',
    help: 'Requests to the server that holds the records.',
    labelNames: ['outcome'],
    registers,
  })
  const entries = new Counter({
    name: 'carekey_log_entries_total',
    help: 'Entries of the access log, whichever server wrote them.',
    registers,
  })
  const waiting = new Gauge({
    name: 'carekey_log_waiting_entries',
    help: 'Entries of the access log that wait for their place.',
    registers,
  })
  const unsigned = new Gauge({
    name: 'carekey_log_unsigned_seconds',
    help: 'Age of the oldest entry that no checkpoint covers.',
    registers,
  })
  const origin = originOf(source)
  if (origin !== undefined) countAsked(origin, asked)
  let countConnections: Store['connections']
  new Gauge({
    name: 'carekey_store_connections',
    help: 'Connections to PostgreSQL, and requests that wait for one.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(countConnections?.() ?? {})) this.set({ state }, count)
    },
  })
  let measureLog: (() => Promise<LogProgress>) | undefined

  const time = async <T>(commit: Promise<T>): Promise<T> => {
    const end = commits.startTimer()
    const result = await commit
    end()
    return result
  }

  return {
    answered: ({ route = NO_ROUTE, method, status, seconds }) => {
      requests.inc({ route, method, status })
      durations.observe({ route }, seconds)
    },

    recorded: ({ kind, outcome, reason, details }) => {
      if (outcome === 'refused') refusals.inc({ kind })
      if (kind !== 'sign-in') return
      const isPartner = details?.by !== undefined || reason?.startsWith('upstream_')
      signIns.inc({ way: isPartner ? 'withings' : 'password', outcome })
    },

    timed: (store) => {
      countConnections = store.connections
      return {
        ...store,
        write: (work) => time(store.write(work)),
        writeLast: (addRows) => time(store.writeLast(addRows)),
      }
    },

    watchLog: (measure) => {
      measureLog = measure
    },

    read: async () => {
      const late = sleep(LONGEST_MEASURING, UNKNOWN, { ref: false })
      const progress = await Promise.race([measureLog?.().catch(() => UNKNOWN) ?? UNKNOWN, late])
      entries.reset()
      entries.inc(progress.entries)
      waiting.set(progress.waiting)
      unsigned.set(progress.unsignedFor / 1000)
      return { type: registry.contentType, text: await registry.metrics() }
    },
  }
}

/** What is shown of the log while the database does not answer. */
const UNKNOWN: LogProgress = { entries: Number.NaN, waiting: Number.NaN, unsignedFor: Number.NaN }

type Sent = { readonly request: { readonly origin: unknown } }
type Answered = Sent & { readonly response: { readonly statusCode: number } }

/** Counts what Node's HTTP client says of its requests, so that whatever asks this origin is counted. */
const countAsked = (origin: string, asked: Counter): void => {
  const count = ({ request }: Sent, outcome: string) => {
    if (String(request.origin) === origin) asked.inc({ outcome })
  }
  subscribe('undici:request:headers', (message) => {
    const answered = message as Answered
    count(answered, answered.response.statusCode < 500 ? 'answered' : 'failed')
  })
  subscribe('undici:request:error', (message) => count(message as Sent, 'unanswered'))
}

/** Of the server that holds the records, if it is another one. */
const originOf = (source: Source): string | undefined => {
  if (source.kind === 'embedded') return undefined
  return requireUrl(source.kind === 'fhir' ? source.base : source.apiUrl).origin
}
