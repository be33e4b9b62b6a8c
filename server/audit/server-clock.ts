import { randomUUID } from 'node:crypto'
import type { Clock, Config } from '../config.ts'
import { findDatabaseTime } from '../store/database-time.ts'
import { endUntil } from '../store/end-until.ts'
import { LATEST_TIME, storeLatestTime } from '../store/latest-time.ts'
import type { Store } from '../store/store.ts'
import type { Access } from './access.ts'
import { appendSigned, writeInTurn } from './append-signed.ts'
import type { NoteKey } from './checkpoint.ts'
import { clocksApart } from './clocks-apart.ts'
import { forwardClock, LEAP } from './forward-clock.ts'
import { latestTime } from './latest-time.ts'
import { appendAccess } from './log.ts'
import { storeMeasuredTime } from './measured-time.ts'

interface ServerClockDeps {
  readonly config: Config
  readonly store: Store
  /** Signs that another time was accepted. */
  readonly key: NoteKey
  /** The system's clock. */
  readonly clock: Clock
  /** As in `ForwardClock`. */
  readonly elapsed?: Clock
  /** Asks the database for its time; `undefined` where the database has the clock of this machine. */
  readonly databaseTime?: () => Promise<number | undefined>
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
 * In milliseconds. A server whose machine has slept learns the time from what the others store. An entry may be a minute older than those
 * before it (`verify-times`), so they store it more often than that.
 */
const INTERVAL = 30_000

/**
 * Creates the server's clock. It starts at the system's time or at the latest time in the database, whichever is later, and never
 * goes back (docs/decisions/0036). Setting the system's clock back is logged.
 *
 * @throws Error when the system's clock and the database's are apart.
 * @throws StoreUnavailable
 */
export const openClock = async (deps: ServerClockDeps): Promise<ServerClock> => {
  const { store, clock: system, elapsed = () => performance.now(), onFault } = deps
  const databaseTime = deps.databaseTime ?? (() => findDatabaseTime(store.db))
  const apart = clocksApart(system(), await databaseTime())
  if (apart !== undefined) throw new Error(`${apart}. Set the clock that is wrong, and start again.`)
  const before = await latestTime(store.db)
  const latest = deps.acceptSystemTime && before > system() ? await acceptClock(deps, before) : before
  const unloggedSteps: number[] = []
  let logging = Promise.resolve()
  let isDoubted = false
  /** Logs each step back and stores the latest time. If a write fails, it is tried again a minute later. */
  const logSteps = () => {
    logging = logging.then(async () => {
      for (let behind = unloggedSteps[0]; behind !== undefined; behind = unloggedSteps[0]) {
        const details = { clock: 'clock_went_back', seconds: String(Math.round(behind / 1000)) }
        const { config } = deps
        await store.writeLast((end) => appendAccess(end, clockAccess(details), { now: clock(), config }))
        unloggedSteps.shift()
      }
      // Also if the database does not answer.
      isDoubted = true
      const time = await databaseTime()
      isDoubted = time !== undefined && system() - time > LEAP
      await store.write(async (trx) => {
        await storeLatestTime(trx, clock())
        await storeMeasuredTime(trx, clock())
      })
    })
    logging = logging.catch(onFault)
  }
  const clock = forwardClock({
    system,
    elapsed,
    latest,
    isDoubted: () => isDoubted,
    onSetBack: (behind) => {
      deps.onSetBack(behind)
      unloggedSteps.push(behind)
      logSteps()
    },
  })
  clock()
  logSteps()
  await logging
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

/**
 * Goes back to the system's time. Whatever had ended by the wrong time stays ended, and whatever began after the right one ends
 * (`endUntil`).
 */
const acceptClock = ({ store, config, key, clock }: ServerClockDeps, before: number): Promise<number> =>
  writeInTurn(store, async (trx) => {
    const now = clock()
    await endUntil(trx, before, now)
    await trx.deleteFrom('setting').where('name', '=', LATEST_TIME).execute()
    const details = { clock: 'clock_accepted', seconds: String(Math.round((before - now) / 1000)) }
    await appendSigned(trx, clockAccess(details), { clock: () => now, config, key })
    return now
  })

const clockAccess = (details: Readonly<Record<string, string>>): Access => ({
  kind: 'clock',
  requestId: randomUUID(),
  outcome: 'success',
  agent: { address: 'server' },
  patients: [],
  details,
})
