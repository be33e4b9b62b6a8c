import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Clock, Config } from '../config.ts'
import { endUntil } from '../store/end-until.ts'
import type { Db } from '../store/schema.ts'
import { findSetting } from '../store/settings.ts'
import type { Store } from '../store/store.ts'
import type { Access } from './access.ts'
import { appendSigned } from './append-signed.ts'
import type { NoteKey } from './checkpoint.ts'
import { forwardClock } from './forward-clock.ts'
import { appendAccess } from './log.ts'
import { startSequencer, takeTurn } from './sequencer.ts'

interface ServerClockDeps {
  readonly config: Config
  readonly store: Store
  /** Signs that another time was accepted. */
  readonly key: NoteKey
  /** The system's clock. */
  readonly clock: Clock
  /** As in `ForwardClock`. */
  readonly elapsed?: Clock
  /** Goes back to the system's time, because that clock was ahead earlier and is right now (`acceptClock`). */
  readonly acceptSystemTime?: boolean
  /** Called with the milliseconds that the system's clock is behind. */
  readonly onSetBack: (behind: number) => void
  readonly onFault: (error: unknown) => void
}

interface ServerClock {
  /** The one clock of the server. */
  readonly clock: Clock
  close(): Promise<void>
}

/**
 * The setting that stores the latest time. The log's entries alone would not do, because a server may have nothing to log for
 * days.
 */
const LATEST_TIME = 'clock.seen'
const INTERVAL = 60_000

/**
 * Creates the server's clock. It starts at the system's time or at the latest time in the database, whichever is later, and never
 * goes back (docs/decisions/0036). Setting the system's clock back is logged.
 *
 * @throws StoreUnavailable
 */
export const openClock = async (deps: ServerClockDeps): Promise<ServerClock> => {
  const { store, clock: system, elapsed = () => performance.now(), onFault } = deps
  const before = await latestTime(store.db)
  const latest = deps.acceptSystemTime && before > system() ? await acceptClock(deps, before) : before
  const unloggedSteps: number[] = []
  let logging = Promise.resolve()
  /** Logs each step back and stores the latest time. If a write fails, it is tried again a minute later. */
  const logSteps = () => {
    logging = logging.then(async () => {
      for (let behind = unloggedSteps[0]; behind !== undefined; behind = unloggedSteps[0]) {
        const details = { clock: 'clock_went_back', seconds: String(Math.round(behind / 1000)) }
        const { config } = deps
        await store.writeLast((end) => appendAccess(end, clockAccess(details), { now: clock(), config }))
        unloggedSteps.shift()
      }
      await store.write((trx) => storeLatestTime(trx, clock()))
    })
    logging = logging.catch(onFault)
  }
  const clock = forwardClock({
    system,
    elapsed,
    latest: latest,
    onSetBack: (behind) => {
      deps.onSetBack(behind)
      unloggedSteps.push(behind)
      logSteps()
    },
  })
  clock()
  const timer = setInterval(logSteps, INTERVAL).unref()
  return {
    clock,
    close: async () => {
      clearInterval(timer)
      logSteps()
      await logging
    },
  }
}

/** Returns the latest time in the database, or 0 if there is none. */
export const latestTime = async (db: Db): Promise<number> => {
  const entry = await db
    .selectFrom('audit_event')
    .select('recorded')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return Math.max(entry?.recorded ?? 0, Number((await findSetting(db, LATEST_TIME)) ?? 0))
}

const storeLatestTime = async (trx: Db, now: number): Promise<void> => {
  await trx
    .insertInto('setting')
    .values({ name: LATEST_TIME, value: String(now) })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ value: String(now) })
        .where(sql<boolean>`cast(setting.value as bigint) < ${now}`),
    )
    .execute()
}

/**
 * Goes back to the system's time. Whatever had ended by the wrong time stays ended, and whatever began after the right one ends
 * (`endUntil`).
 */
const acceptClock = async (
  { store, config, key, clock }: ServerClockDeps,
  before: number,
): Promise<number> => {
  // What was written by the wrong time must not get a later place.
  await startSequencer(store, () => undefined).drain()
  return store.write(async (trx) => {
    await takeTurn(trx)
    const now = clock()
    await endUntil(trx, before, now)
    await trx.deleteFrom('setting').where('name', '=', LATEST_TIME).execute()
    const details = { clock: 'clock_accepted', seconds: String(Math.round((before - now) / 1000)) }
    await appendSigned(trx, clockAccess(details), { now, config, key })
    return now
  })
}

const clockAccess = (details: Readonly<Record<string, string>>): Access => ({
  kind: 'clock',
  requestId: randomUUID(),
  outcome: 'success',
  agent: { address: 'server' },
  patients: [],
  details,
})
