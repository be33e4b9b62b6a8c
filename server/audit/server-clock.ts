import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Clock, Config } from '../config.ts'
import { endUntil } from '../store/end-until.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { forwardClock } from './forward-clock.ts'
import { appendAccess } from './log.ts'

export interface ServerClockDeps {
  readonly config: Config
  readonly store: Store
  /** The system's clock. */
  readonly clock: Clock
  /** As in `ForwardClock`. */
  readonly elapsed?: Clock
  /** The system's clock is right and was ahead before: ends everything that was begun by the time ahead. */
  readonly accept?: boolean
  /** Called with the milliseconds that the system's clock is behind. */
  readonly onSetBack: (behind: number) => void
  readonly onFault: (error: unknown) => void
}

export interface ServerClock {
  /** The one clock of the server. */
  readonly clock: Clock
  close(): Promise<void>
}

/** The setting that stores the newest time, because a server may have nothing to log. */
const SEEN = 'clock.seen'
const EVERY = 60_000

/**
 * Creates the server's clock. It starts at the later of the system's time and the newest time in the database, and never goes
 * back (docs/decisions/0036). Setting the system's clock back is logged.
 *
 * @throws StoreUnavailable
 */
export const openClock = async (deps: ServerClockDeps): Promise<ServerClock> => {
  const { store, clock: system, elapsed = () => performance.now(), onFault } = deps
  const before = await latestTime(store.db)
  const seen = deps.accept && before > system() ? await acceptClock(deps, before) : before
  const unsaid: number[] = []
  let saying = Promise.resolve()
  /** Logs each step back and stores the newest time. A write that fails is tried again with the next minute. */
  const say = () => {
    saying = saying.then(async () => {
      for (let behind = unsaid[0]; behind !== undefined; behind = unsaid[0]) {
        const details = { clock: 'clock_went_back', seconds: String(Math.round(behind / 1000)) }
        await store.write((trx) => logClock(trx, deps, details, clock()))
        unsaid.shift()
      }
      await store.write((trx) => keepSeen(trx, clock()))
    })
    saying = saying.catch(onFault)
  }
  const clock = forwardClock({
    system,
    elapsed,
    seen,
    onSetBack: (behind) => {
      deps.onSetBack(behind)
      unsaid.push(behind)
      say()
    },
  })
  clock()
  const timer = setInterval(say, EVERY).unref()
  return {
    clock,
    close: async () => {
      clearInterval(timer)
      say()
      await saying
    },
  }
}

/** Returns the newest time in the database, or 0 if there is none. */
export const latestTime = async (db: Db): Promise<number> => {
  const entry = await db
    .selectFrom('audit_event')
    .select('recorded')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  const kept = await db.selectFrom('setting').select('value').where('name', '=', SEEN).executeTakeFirst()
  return Math.max(entry?.recorded ?? 0, Number(kept?.value ?? 0))
}

const keepSeen = async (trx: Db, now: number): Promise<void> => {
  await trx
    .insertInto('setting')
    .values({ name: SEEN, value: String(now) })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ value: String(now) })
        .where(sql<boolean>`cast(setting.value as bigint) < ${now}`),
    )
    .execute()
}

/** Restarts at the system's time. What was over by the earlier time stays over; what was begun in it ends. */
const acceptClock = (deps: ServerClockDeps, before: number): Promise<number> =>
  deps.store.write(async (trx) => {
    const now = deps.clock()
    await endUntil(trx, before, now)
    await trx.deleteFrom('setting').where('name', '=', SEEN).execute()
    const details = { clock: 'clock_accepted', seconds: String(Math.round((before - now) / 1000)) }
    await logClock(trx, deps, details, now)
    return now
  })

const logClock = (
  trx: Db,
  { config }: Pick<ServerClockDeps, 'config'>,
  details: Readonly<Record<string, string>>,
  now: number,
): Promise<void> =>
  appendAccess(
    trx,
    {
      kind: 'clock',
      requestId: randomUUID(),
      outcome: 'success',
      agent: { address: 'server' },
      patients: [],
      details,
    },
    { now, config },
  )
